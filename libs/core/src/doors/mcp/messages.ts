/** MCP's ids: never null. */
export type MessageId = string | number;

export type Params = Record<string, unknown>;

export interface McpRequest {
  readonly kind: 'request';
  readonly id: MessageId;
  readonly method: string;
  readonly params: Params;
}

export interface McpNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: Params;
}

/** A client's answer to a request of ours. */
export interface McpResponse {
  readonly kind: 'response';
  readonly id: MessageId;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export type McpMessage = McpRequest | McpNotification | McpResponse;

/** Reads one JSON-RPC message as MCP allows it; undefined for anything else. */
export function readMessage(body: unknown): McpMessage | undefined {
  if (!isObject(body) || body.jsonrpc !== '2.0') return undefined;
  const { id, method, params = {}, result, error } = body;
  if (id !== undefined && !isId(id)) return undefined;
  if (typeof method === 'string') {
    if (!isObject(params)) return undefined;
    return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
  }
  if (method !== undefined || id === undefined) return undefined;
  if (isObject(error) && typeof error.code === 'number' && typeof error.message === 'string') {
    return { kind: 'response', id, error: error as unknown as NonNullable<McpResponse['error']> };
  }
  return isObject(result) ? { kind: 'response', id, result } : undefined;
}

/** The id of a message that is refused, for the error that answers it. */
export function idOf(body: unknown): MessageId | null {
  return isObject(body) && typeof body.method === 'string' && isId(body.id) ? body.id : null;
}

export function metaOf(params: Params): Params {
  return isObject(params._meta) ? params._meta : nothing;
}

const nothing: Params = Object.freeze({});

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON-RPC wants ids that come back unchanged; a larger number would not. */
function isId(value: unknown): value is MessageId {
  return typeof value === 'string' || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}
