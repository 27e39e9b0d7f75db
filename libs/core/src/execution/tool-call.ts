/** The parameters of `tools/call`. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  readonly _meta?: unknown;
}

/**
 * The parameters of `tools/call` where they are as they should be; a schema says what is wrong with others. Looked at by
 * hand, since a schema copies all arguments, which the operation's own is going to do.
 */
export function toolCallOf(params: Readonly<Record<string, unknown>> | readonly unknown[]): ToolCall | undefined {
  const { name, arguments: given = {}, _meta } = params as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  return { name, arguments: given as Record<string, unknown>, _meta };
}
