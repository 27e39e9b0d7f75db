import { createHash } from 'node:crypto';

const WORDS = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const OPERATION = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const TOOL = /^[a-z][a-z0-9_]*$/;

/** Longest tool name: clients put a prefix before it, and model providers refuse more than 64 characters in all. */
const MAX_TOOL_NAME = 48;

/** Whether a name is lower-case words joined by `-`. */
export function isName(text: string): boolean {
  return WORDS.test(text);
}

/** As which service the account of calls has what is done to the gateway itself. */
export const ADMINISTRATION = 'administration';

/** What no service may be called: `role:read` is a role, and must not be an action of one. */
const TAKEN: ReadonlySet<string> = new Set(['role', ADMINISTRATION]);

/** What `isServiceName` asks for, for people. */
export const SERVICE_NAME = `lower-case words joined by -, and not one of ${[...TAKEN].join(', ')}`;

/** Whether a service, or an upstream, can be called so. */
export function isServiceName(text: string): boolean {
  return isName(text) && !TAKEN.has(text);
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

const LETTERS = /^[A-Za-z0-9_-]+$/;
const HASH_LENGTH = 8;

/**
 * The name of an upstream's tool or prompt among all others: `<upstream>__<tool>`. An upstream's own name holds no `_`, so
 * that no two of them meet; letters that model providers refuse, and too long a name, are made up for by a hash of the
 * whole, which stays the same whatever else is connected.
 */
export function upstreamToolName(upstream: string, tool: string): string {
  const full = `${upstream}__${tool}`;
  if (full.length <= MAX_TOOL_NAME && LETTERS.test(tool)) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_LENGTH);
  return `${full.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_TOOL_NAME - HASH_LENGTH - 1)}_${hash}`;
}

/** One spelling for names that count as equal when called: `-` and `_` are the same. */
export function canonical(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name;
}
