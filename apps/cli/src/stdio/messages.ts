import { PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/client';

export type Id = string | number;
export type Params = Readonly<Record<string, unknown>>;

/** A message of JSON-RPC as it is, whoever sends it. */
export interface Message {
  readonly jsonrpc: '2.0';
  readonly id?: Id | null;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export type Request = Message & { readonly id: Id; readonly method: string };

export function isRequest(message: Message): message is Request {
  return message.method !== undefined && (typeof message.id === 'string' || typeof message.id === 'number');
}

/** Whether a request stands alone, as those of 2026-07-28 do; all others belong to a session. */
export function standsAlone({ params }: Message): boolean {
  const meta = params?._meta as Params | undefined;
  return typeof meta?.[PROTOCOL_VERSION_META_KEY] === 'string';
}

export function failureOf(id: Id | null, code: number, message: string): Message {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
