import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refused, type Call, type Reply, type Route } from './call.js';
import { cacheRoutes } from './cache.js';
import { dnsRoutes } from './dns.js';
import { graphqlRoutes } from './graphql.js';
import { ACCOUNT, firstState, type State } from './state.js';
import { streamPartRoutes } from './stream-parts.js';
import { streamRoutes } from './stream.js';
import { ACCOUNT_TOKEN, TOKEN, tokenRoutes } from './tokens.js';
import { uploadRoutes } from './uploads.js';
import { zoneRoutes } from './zones.js';

/** Takes the place of the next answer: what the API, or something before it, does when it does not work. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;

export interface CloudflareServer {
  /** As `CLOUDFLARE_API_URL`. */
  readonly url: string;
  /** Variables with which a gateway reaches it. */
  readonly env: Record<string, string>;
  readonly state: State;
  /** Every request that came, as `METHOD path?query`. */
  readonly asked: string[];
  /** The next `times` requests, of those whose line fits, end as the fault says. */
  fail(fault: Fault, times?: number, of?: RegExp): void;
  close(): Promise<void>;
}

const BASE = '/client/v4';

/** Cloudflare's API, as far as the gateway uses it: it keeps state, and refuses what the real one does not describe. */
export async function startCloudflare(): Promise<CloudflareServer> {
  const state = firstState();
  const uploads = uploadRoutes(state, BASE);
  const routes = [
    ...[...zoneRoutes(state), ...dnsRoutes(state), ...cacheRoutes(state), ...graphqlRoutes(state), ...tokenRoutes()],
    ...[...uploads.routes, ...streamRoutes(state), ...streamPartRoutes(state)],
  ];
  const asked: string[] = [];
  const faults: { fault: Fault; of: RegExp }[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://cloudflare');
    const path = url.pathname.slice(BASE.length);
    const line = `${request.method} ${path}${url.search}`;
    asked.push(line);
    const next = faults.findIndex(({ of }) => of.test(line));
    if (next !== -1) {
      faults.splice(next, 1)[0]?.fault(request, response);
      return;
    }
    answer(routes, request, response, path, Object.fromEntries(url.searchParams)).catch((error: unknown) => {
      refuse(response, error instanceof Refused ? error : new Refused(500, 1_000, String(error)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`;
  return {
    url,
    env: { CLOUDFLARE_API_URL: url, CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_ACCOUNT_ID: ACCOUNT },
    state,
    asked,
    fail: (fault, times = 1, of = /^/) => {
      for (let time = 0; time < times; time += 1) faults.push({ fault, of });
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await uploads.close();
    },
  };
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: Record<string, string>,
): Promise<void> {
  if (![TOKEN, ACCOUNT_TOKEN].some((token) => request.headers.authorization === `Bearer ${token}`))
    throw new Refused(401, 10_000, 'Authentication error');
  for (const { method, path: pattern, handle } of routes) {
    const params = method === request.method ? paramsOf(pattern, path) : undefined;
    if (!params) continue;
    const call: Call = { request, response, params, query, body: () => bodyOf(request) };
    reply(response, await handle(call));
    return;
  }
  throw new Refused(404, 7_000, `No route for that URI: ${request.method} ${path}`);
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of names.entries()) {
    const part = decodeURIComponent(parts[at] ?? '');
    if (name.startsWith(':')) params[name.slice(1)] = part;
    else if (name !== part) return undefined;
  }
  return params;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, given: Reply): void {
  if (given === 'done') return;
  if ('text' in given) return void response.setHeader('content-type', given.type).end(given.text);
  const { result, info } = given;
  json(response, 200, { success: true, errors: [], messages: [], result, ...(info && { result_info: info }) });
}

function refuse(response: ServerResponse, { status, code, message }: Refused): void {
  json(response, status, { success: false, errors: [{ code, message }], messages: [], result: null });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
