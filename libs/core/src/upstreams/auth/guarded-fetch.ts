import type { FetchLike } from '@modelcontextprotocol/client';
import type { HttpClient, TargetPolicy } from '#libs/outbound';

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** `fetch` for the SDK's OAuth, over the gateway's own guarded client. Redirects are not followed. */
export function guardedFetch(client: HttpClient, policyFor: (url: string) => TargetPolicy): FetchLike {
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    const answer = await client.request({
      url: String(url),
      policy: policyFor(String(url)),
      method,
      headers: Object.fromEntries(new Headers(headers)),
      ...(body !== undefined && body !== null && { body: await new Response(body).text() }),
      ...(signal && { signal }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      redirects: 0,
      idempotent: false,
    });
    const { status } = answer;
    const told = Object.entries(answer.headers).flatMap(([name, value]) =>
      name === 'content-length' || name === 'content-encoding' || value === undefined
        ? []
        : [[name, String(value)] as [string, string]],
    );
    const isEmpty = status === 204 || status === 304;
    return new Response(isEmpty ? null : new Uint8Array(answer.body), { status, headers: told });
  };
}
