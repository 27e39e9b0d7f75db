import type { IncomingMessage, ServerResponse } from 'node:http';
import { REQUEST_ID_HEADER } from './call-origin.js';

const ALLOWED_METHODS = 'GET, POST, PATCH, DELETE';
const ALLOWED_HEADERS = [
  'authorization, content-type, x-api-key, x-mcp-key, x-request-id, x-result-tokens, traceparent',
  'mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id',
].join(', ');
/** In which MCP's clients of 2026-07-28 repeat arguments that a tool marks; which ones there are, each tool says. */
const ARGUMENT_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]{1,100}$/;
const MAX_ARGUMENT_HEADERS = 50;
const EXPOSED_HEADERS = 'x-request-id, retry-after, www-authenticate, ratelimit, ratelimit-policy, mcp-session-id';
const PREFLIGHT_SECONDS = '600';

export type AnswerHeaders = Record<string, string> & { [REQUEST_ID_HEADER]: string };

/** What every answer carries. */
export function answerHeaders(requestId: string): AnswerHeaders {
  return { [REQUEST_ID_HEADER]: requestId, vary: 'Origin', 'x-content-type-options': 'nosniff' };
}

/** Lets a page of an `Origin` that was checked read the answer. No cookies are used, so no credentials header. */
export function allowOrigin(headers: AnswerHeaders, origin: string | undefined): void {
  if (origin === undefined) return;
  headers['access-control-allow-origin'] = origin;
  headers['access-control-expose-headers'] = EXPOSED_HEADERS;
}

/** Answers a browser's question whether it may call; false when the request is none. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, headers: AnswerHeaders): boolean {
  if (request.method !== 'OPTIONS' || request.headers.origin === undefined) return false;
  response.writeHead(204, {
    ...headers,
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': [ALLOWED_HEADERS, ...argumentHeaders(request)].join(', '),
    'access-control-max-age': PREFLIGHT_SECONDS,
  });
  response.end();
  return true;
}

function argumentHeaders({ headers }: IncomingMessage): string[] {
  const asked = (headers['access-control-request-headers'] ?? '').toLowerCase().split(',');
  const names = new Set(asked.map((name) => name.trim()).filter((name) => ARGUMENT_HEADER.test(name)));
  return [...names].slice(0, MAX_ARGUMENT_HEADERS);
}
