import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { HttpClient, HttpRequest, NamedOrigin } from '#libs/outbound';
import { EtagCache } from './etag-cache.js';

/** What Octokit hands to the function that it takes for `fetch`. */
interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export type OctokitFetch = (url: string, init: FetchInit) => Promise<Response>;

/**
 * `fetch` for the Octokit of one credential, over the gateway's own connections, with what has not changed taken from
 * memory.
 */
export function octokitFetch(http: HttpClient, policy: NamedOrigin): OctokitFetch {
  const cache = new EtagCache();
  return async (url, init) => {
    const request = requestOf(url, init, policy);
    if (request.method !== 'GET') return responseOf(await http.request(request));
    const { accept } = init.headers;
    const known = cache.find(url, accept);
    const etag = known?.headers.etag;
    const headers = { ...request.headers, ...(etag !== undefined && { 'if-none-match': etag }) };
    const answer = await http.request({ ...request, headers });
    if (answer.status === 304 && known) {
      // the limits are those of now, the rest is what was kept
      return responseOf({
        status: known.status,
        headers: { ...known.headers, ...limitsOf(answer.headers) },
        body: known.body,
      });
    }
    if (answer.status === 200) cache.keep(url, accept, answer);
    return responseOf(answer);
  };
}

/** The same for answers that may be larger than memory: their body is read as it comes in. */
export function streamingFetch(http: HttpClient, policy: NamedOrigin): OctokitFetch {
  return async (url, init) => {
    const answer = await http.open(requestOf(url, init, policy));
    const { status, headers } = answer;
    return responseOf({ status, headers, body: Readable.toWeb(await answer.stream()) as ReadableStream });
  };
}

/** Only what reads is sent again: a second merge would be refused although the first one was done. */
function requestOf(url: string, { method, headers, body, signal }: FetchInit, policy: NamedOrigin): HttpRequest {
  return {
    url,
    policy,
    method,
    headers: { ...headers, 'accept-encoding': 'gzip' },
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
    idempotent: method === 'GET' || method === 'HEAD',
  };
}

function responseOf(answer: { status: number; headers: IncomingHttpHeaders; body: Buffer | ReadableStream }): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const bodyless = [204, 205, 304].includes(answer.status);
  return new Response(bodyless ? null : (answer.body as ConstructorParameters<typeof Response>[0]), {
    status: answer.status,
    headers,
  });
}

function limitsOf(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-ratelimit-')));
}
