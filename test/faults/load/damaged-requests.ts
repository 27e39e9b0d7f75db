import { connect } from 'node:net';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { naughtyTexts } from './naughty-texts.js';

/** Of an answer whose head is whole; not `100 Continue`. */
const FINAL_STATUS = /HTTP\/1\.1 ([2-5]\d\d)[^]*\r\n\r\n/;
const ANSWERED_WITHIN_MS = 10_000;

const text = fc.oneof(
  fc.constantFrom(...naughtyTexts),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 40 }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    text,
    fc.double(),
    fc.bigInt().map(Number),
    fc.constantFrom(null, true, false, 1e308, -0, 2 ** 53),
    fc.array(tie('any'), { maxLength: 6 }),
    fc.dictionary(text, tie('any'), { maxKeys: 6 }),
  ),
})).any;

/** What calls look like at the doors, with a place for something wrong. */
const bodies: ((wrong: unknown) => unknown)[] = [
  (wrong) => wrong,
  (wrong) => ({ jsonrpc: '2.0', id: 1, method: 'mcp.execute', params: wrong }),
  (wrong) => ({ jsonrpc: '2.0', id: wrong, method: 'ping' }),
  (wrong) => ({ jsonrpc: wrong, id: 1, method: 'ping' }),
  (wrong) => ({ jsonrpc: '2.0', id: 1, method: wrong }),
  (wrong) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'mcp.execute',
    params: { service: 'gateway', operation: 'echo', message: wrong },
  }),
  (wrong) => ({ jsonrpc: '2.0', id: 1, method: 'mcp.execute', params: { service: wrong, operation: wrong } }),
  (wrong) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'mcp.execute',
    params: { service: 'postgres', operation: 'query', database: 'demo', query: wrong },
  }),
  (wrong) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: wrong, arguments: wrong } }),
  (wrong) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'read_file', arguments: { path: wrong } },
  }),
  (wrong) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: wrong, capabilities: wrong, clientInfo: wrong },
  }),
  (wrong) => ({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: wrong, cursor: wrong } }),
  (wrong) => ({ command: wrong }),
  (wrong) => ({ command: `/mcp-postgres ${typeof wrong === 'string' ? wrong : JSON.stringify(wrong)}` }),
  (wrong) => [wrong, { jsonrpc: '2.0', id: 1, method: 'ping' }, wrong],
];
const paths = [
  '/mcp/rpc',
  '/mcp',
  '/mcp/execute',
  '/api/mcp/jsonrpc',
  '/api/services/gateway/echo',
  '/api/services/postgres/query',
  '/mcp/catalog',
  '/mcp/servers/none',
  '/mcp/toolsets/none',
  '/config',
  '/admin/api-keys',
  '/admin/upstreams',
  '/logs',
  '/metrics',
  '/health',
  '/openapi.json',
  '/socket.io/',
  '/ws',
];
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...paths) },
  fc.tuple(fc.constantFrom(...paths), text).map(([known, tail]) => `${known}/${encodeURIComponent(wellFormed(tail))}`),
  fc
    .tuple(fc.constantFrom(...paths), text)
    .map(([known, tail]) => `${known}?limit=${encodeURIComponent(wellFormed(tail))}`),
  text.map((tail) => `/${tail.replaceAll(/\s|\p{Cc}/gu, '')}`),
);
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant('POST') },
  fc.constantFrom('GET', 'DELETE', 'PATCH', 'PUT', 'OPTIONS', 'HEAD', 'TRACE', 'CONNECT', 'post', 'NONSENSE', ''),
);
const header = fc.oneof(
  fc.constantFrom(
    'x-mcp-key: nonsense',
    'authorization: Bearer a.b.c',
    'authorization: Basic eDp5',
    'x-forwarded-for: 127.0.0.1',
    'origin: null',
    'origin: https://evil.example',
    'content-encoding: gzip',
    'content-encoding: br',
    'transfer-encoding: chunked',
    'content-length: 1',
    'content-type: text/plain',
    'expect: 100-continue',
    'upgrade: websocket',
    'mcp-session-id: nonsense',
    'mcp-protocol-version: 1999-01-01',
    'mcp-protocol-version: 2026-07-28',
    'mcp-method: tools/call',
    'last-event-id: nonsense',
    'traceparent: 00-00000000000000000000000000000000-0000000000000000-00',
    'x-request-id: ../../etc/passwd',
    'host: evil.example',
  ),
  fc
    .tuple(fc.constantFrom('x-mcp-key', 'mcp-name', 'x-request-id', 'accept', 'cookie'), text)
    .map(([name, content]) => `${name}: ${content}`),
);

const request = fc
  .record({
    method,
    path,
    headers: fc.array(header, { maxLength: 3 }),
    body: fc.tuple(fc.constantFrom(...bodies), value).map(([shape, wrong]) => JSON.stringify(shape(wrong)) ?? ''),
    json: fc.boolean(),
  })
  .map(({ method: verb, path: at, headers, body, json }) => {
    const type = json ? ['content-type: application/json'] : [];
    const lines = [`${verb} ${at} HTTP/1.1`, 'host: localhost', 'connection: close', ...type, ...headers];
    if (!headers.some((line) => /^(?:content-length|transfer-encoding)/.test(line))) {
      lines.push(`content-length: ${Buffer.byteLength(body)}`);
    }
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });

/** A request as bytes, with something wrong: in what it says, or in the bytes themselves. */
export const damaged: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: request },
  {
    weight: 2,
    arbitrary: fc
      .tuple(request, fc.nat(), fc.uint8Array({ maxLength: 8 }))
      .map(([bytes, at, change]) => spliced(bytes, at, change)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(request, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
);

/** Of a text that `sendRaw` answers: its first status; undefined where the connection was closed without one. */
export function statusIn(received: string): number | undefined {
  const [, status] = FINAL_STATUS.exec(received) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Sends bytes and half-closes. @returns what came until the first answer was there, or the connection closed */
export function sendRaw(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(end, ANSWERED_WITHIN_MS);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      // streams of MCP stay open
      if (FINAL_STATUS.test(received)) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.end(bytes);
  });
}

function spliced(bytes: Buffer, at: number, change: Uint8Array): Buffer {
  const where = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, where), change, bytes.subarray(where + (at % 3))]);
}

function wellFormed(lone: string): string {
  return Buffer.from(lone).toString();
}
