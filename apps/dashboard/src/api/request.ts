import { isToken, key, refuseKey } from '../session/key.js';
import { ApiError } from './api-error.js';

export type Query = Readonly<Record<string, string | number | undefined>>;

interface ErrorBody {
  error?: { kind?: string; message?: string; details?: Record<string, unknown> };
}

/** One request of the gateway. Throws ApiError. */
export async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (key.value) Object.assign(headers, credentialHeader(key.value));
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'omit' };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(path, init).catch(() => {
    throw new ApiError(0, 'unavailable', 'The gateway can’t be reached. The page tries again when it is back.');
  });
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as ErrorBody;
  const message = error?.message ?? `The gateway answered ${response.status}`;
  if (response.status === 401) refuseKey(message);
  throw new ApiError(response.status, error?.kind ?? 'internal', message, error?.details);
}

function credentialHeader(credential: string): Record<string, string> {
  return isToken(credential) ? { authorization: `Bearer ${credential}` } : { 'x-mcp-key': credential };
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const get = <T>(path: string, query: Query = {}): Promise<T> => json<T>('GET', withQuery(path, query));
export const post = <T>(path: string, body: unknown = {}): Promise<T> => json<T>('POST', path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => json<T>('PATCH', path, body);
export const remove = (path: string): Promise<void> => json<undefined>('DELETE', path);

export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
