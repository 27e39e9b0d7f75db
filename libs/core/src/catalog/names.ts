const WORDS = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const OPERATION = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const TOOL = /^[a-z][a-z0-9_]*$/;

/** Longest tool name: clients put a prefix before it, and model providers refuse more than 64 characters in all. */
const MAX_TOOL_NAME = 48;

/** Whether a service's name is lower-case words joined by `-`. */
export function isName(text: string): boolean {
  return WORDS.test(text);
}

/** Whether an operation's name is lower-case words joined by `-`, or by `_` where people know it so. */
export function isOperationName(text: string): boolean {
  return OPERATION.test(text);
}

export function isToolName(text: string): boolean {
  return TOOL.test(text) && text.length <= MAX_TOOL_NAME;
}

/** The MCP name of an operation that declares none: `postgres_list_tables`. */
export function toolNameOf(service: string, operation: string): string {
  return `${service}_${operation}`.replaceAll('-', '_');
}

/** One spelling for names that count as equal when called: `-` and `_` are the same. */
export function canonical(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name;
}
