import { once } from 'node:events';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startGateway, type Answer, type Sent, type TestGateway } from './gateway.js';
import { connectTo, exchange, statusesOf } from './raw-http.js';

const ORIGIN = 'https://agents.example.com';
const MIB = 1024 * 1024;

let gateway: TestGateway;
/** All that came back during one test. */
let seen: string[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      ALLOWED_ORIGINS: ORIGIN,
      ALLOWED_HOSTS: 'gateway.test, ported.test:8443',
      PUBLIC_URL: 'https://public.test/x',
    },
  });
});
afterAll(() => gateway.close());

afterEach(async () => {
  const health = await gateway.get('/health');
  expect(health.status).toBe(200);
  expect(seen.flatMap(statusesOf).filter((status) => status >= 500)).toEqual([]);
  // no path of the server and no stack
  expect(seen.filter((text) => /node_modules[/\\]|node:internal|\n\s+at |\/libs\/|\.[jt]s:\d/.test(text))).toEqual([]);
  seen = [];
});

async function send(request: Sent): Promise<Answer> {
  const answer = await gateway.send(request);
  seen.push(`HTTP/1.1 ${answer.status}\n${JSON.stringify(answer.headers)}\n${answer.text}`);
  return answer;
}

async function raw(text: string | Buffer): Promise<string> {
  const received = await exchange(gateway.url, text);
  seen.push(received);
  return received;
}

const json = { 'content-type': 'application/json' };
const ECHO = '/api/services/gateway/echo';
const echo = (body: string | Buffer, headers: Sent['headers'] = {}, path = ECHO) =>
  send({ method: 'POST', path, headers: { ...json, ...headers }, body });

/** The status and kind of an answer at a REST address, or the data where it succeeded. */
function outcomeOf({ status, body }: Answer): [number, unknown] {
  const { data, error } = (body ?? {}) as { data?: unknown; error?: { kind: string } };
  return [status, data ?? error?.kind];
}

describe('Host', () => {
  it.each<[host: string, status: number]>([
    ['127.0.0.1', 200],
    ['127.0.0.1:1', 200],
    ['localhost', 200],
    ['LocalHost:8100', 200],
    ['[::1]:8100', 200],
    ['gateway.test', 200],
    ['GATEWAY.test:9', 200],
    ['public.test', 200],
    ['ported.test:8443', 200],
    ['ported.test', 421],
    ['ported.test:1', 421],
    ['evil.example', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['evil.example#127.0.0.1', 421],
    ['evil@127.0.0.1', 421],
    ['127.0.0.1:80:80', 421],
    ['127.0.0.1 ', 200],
    ['0.0.0.0', 421],
    ['', 421],
    ['[::ffff:127.0.0.1]', 421],
  ])('%j: %s', async (host, status) => {
    const request = `Host: ${host}\r\nConnection: close\r\n\r\n`;
    expect(statusesOf(await raw(`GET /api/tools HTTP/1.1\r\n${request}`))).toEqual([status]);
    expect(statusesOf(await raw(`GET /docs/none HTTP/1.1\r\n${request}`))).toEqual([status === 200 ? 404 : 421]);
    expect(statusesOf(await raw(`GET /health HTTP/1.1\r\n${request}`))).toEqual([200]);
    expect(statusesOf(await raw(`GET /ready?x HTTP/1.1\r\n${request}`))).toEqual([200]);
  });

  it.each(['/api/tools', '/health', '/ready'])('twice is refused at %s, whatever is first', async (path) => {
    for (const hosts of [
      'Host: localhost\r\nHost: evil.example',
      'Host: evil.example\r\nhOST: localhost',
      'Host: localhost\r\nHost: localhost',
    ]) {
      const received = await raw(`GET ${path} HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`);
      expect(statusesOf(received)).toEqual([400]);
    }
  });

  it('must be there in HTTP/1.1', async () => {
    expect(statusesOf(await raw('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'))).toEqual([400]);
  });
});

describe('Origin', () => {
  const own = () => `http://${new URL(gateway.url).host}`;
  const refused = 'This Origin may not call; an operator can add it to ALLOWED_ORIGINS';
  const preflight = { 'access-control-request-method': 'POST' };

  it.each<[name: string, origin: () => string]>([
    ['the gateway itself', own],
    ['the gateway itself behind TLS', () => own().replace('http:', 'https:')],
    ['a listed one', () => ORIGIN],
  ])('%s may call and read the answer', async (_name, origin) => {
    for (const request of [
      { path: '/api/tools' },
      { path: '/nowhere' },
      { method: 'POST', path: '/mcp/rpc', headers: json, body: '{}' },
    ]) {
      const { status, headers } = await send({
        ...request,
        headers: { ...request.headers, host: new URL(gateway.url).host, origin: origin() },
      });
      expect([
        status,
        headers['access-control-allow-origin'],
        headers.vary,
        headers['access-control-allow-credentials'],
      ]).toEqual([
        request.path === '/nowhere' ? 404 : request.path === '/mcp/rpc' ? 400 : 200,
        origin(),
        'Origin',
        undefined,
      ]);
      expect(headers['access-control-expose-headers']).toBe(
        'x-request-id, retry-after, www-authenticate, ratelimit, ratelimit-policy, mcp-session-id',
      );
    }
  });

  it.each([
    'null',
    'https://evil.example',
    'http://agents.example.com',
    'https://agents.example.com.evil.example',
    'https://agents.example.com:444',
    'https://agents.example.com/',
    'http://127.0.0.1:1',
    'file://',
    '*',
    '',
  ])('%j may neither call nor read the refusal', async (origin) => {
    const host = new URL(gateway.url).host;
    for (const path of ['/api/tools', '/mcp/rpc', '/health', '/ready', '/']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, headers, body } = await send({ method, path, headers: { host, origin, ...preflight } });
        expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([403, undefined, 'Origin']);
        expect((body as { error: { message: string } }).error.message).toBe(refused);
      }
    }
  });

  it('is not reflected where the Host is refused', async () => {
    const { status, headers } = await send({
      path: '/api/tools',
      headers: { host: 'evil.example', origin: 'http://evil.example' },
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([421, undefined]);
  });

  it('is told by a preflight what it may send', async () => {
    const { status, headers, text } = await send({
      method: 'OPTIONS',
      path: '/admin/api-keys',
      headers: { origin: ORIGIN, ...preflight },
    });
    expect({ status, text, headers }).toMatchObject({
      status: 204,
      text: '',
      headers: {
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers':
          'authorization, content-type, x-api-key, x-mcp-key, x-request-id, x-result-tokens, traceparent, ' +
          'mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id',
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    });
  });

  it.each<[name: string, asked: string, allowed: string[]]>([
    ['those that repeat arguments of a tool', 'content-type,mcp-param-region, Mcp-Param-Max', ['region', 'max']],
    ['one once', 'mcp-param-a,mcp-param-a', ['a']],
    ['no others, and nothing malformed', 'x-other,mcp-param-,mcp-param-a b,x-mcp-param-a,mcp-param-a;b', []],
    ['none of an endless name', `mcp-param-${'a'.repeat(101)}`, []],
    [
      'at most 50',
      Array.from({ length: 60 }, (_, n) => `mcp-param-${n}`).join(),
      Array.from({ length: 50 }, (_, n) => `${n}`),
    ],
  ])('is told by a preflight that it may send %s', async (_name, asked, allowed) => {
    const { headers } = await send({
      method: 'OPTIONS',
      path: '/mcp',
      headers: { origin: ORIGIN, ...preflight, 'access-control-request-headers': asked },
    });
    const [, ...rest] = String(headers['access-control-allow-headers']).split('last-event-id');
    expect(rest.join('')).toBe(allowed.map((name) => `, mcp-param-${name}`).join(''));
  });

  it('is named as varying in answers to requests without one, so that no cache mixes them up', async () => {
    for (const path of ['/api/tools', '/health', '/nowhere', '/docs/swagger-ui.css']) {
      expect((await send({ path })).headers.vary).toContain('Origin');
    }
  });

  it('* refuses the start while an address alone is trusted', async () => {
    const logged = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const refusedStart = startGateway({ env: { ALLOWED_ORIGINS: '*' } });
    await expect(refusedStart).rejects.toThrow(/^ALLOWED_ORIGINS=\* would let every web page call/);
    // the reason is for `main` to say, and no stack beside it
    expect(logged.mock.calls).toEqual([]);
    logged.mockRestore();
  });

  it('* is taken where every caller needs a key, and null is still refused', async () => {
    const open = await startGateway({ env: { ALLOWED_ORIGINS: '*', MCP_REQUIRE_API_KEY: 'true' } });
    const statuses = await Promise.all(
      ['https://anyone.example', 'null'].map(async (origin) => (await open.get('/health', { origin })).status),
    );
    await open.close();
    expect(statuses).toEqual([200, 403]);
  });
});

describe('content types', () => {
  const body = '{"message":"x"}';

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=utf8; version=1',
    'application/json;',
  ])('%s is read', async (type) => {
    expect(outcomeOf(await echo(body, { 'content-type': type }))).toEqual([200, { message: 'x' }]);
  });

  it.each([
    '',
    'text/plain',
    'text/plain; application/json',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json; charset=utf-7; charset=utf-8',
    '*/*',
  ])('%j is 415, at every door and with an empty body too', async (type) => {
    for (const path of [ECHO, '/mcp/rpc', '/api/mcp/jsonrpc', '/mcp/execute', '/admin/api-keys', '/nowhere']) {
      expect((await echo(body, { 'content-type': type }, path)).status).toBe(415);
    }
    const whoami = '/api/services/gateway/whoami';
    expect((await echo('', { 'content-type': type, 'content-length': '0' }, whoami)).status).toBe(415);
  });

  it('none at all is 415 where there is a body, and no matter where there is none', async () => {
    expect((await send({ method: 'POST', path: ECHO, body })).status).toBe(415);
    expect((await send({ method: 'POST', path: '/api/services/gateway/whoami' })).status).toBe(200);
    expect((await send({ method: 'POST', path: '/mcp/rpc' })).status).toBe(415);
  });
});

describe('the size of a body', () => {
  /** JSON of exactly so many bytes. */
  const sized = (bytes: number) => `{"message":"${'x'.repeat(bytes - 14)}"}`;
  const chunked = { 'transfer-encoding': 'chunked' };

  it.each<[name: string, headers: Sent['headers']]>([
    ['announced', {}],
    ['chunked', chunked],
  ])('may be 1 MiB, %s', async (_name, headers) => {
    expect((await echo(sized(MIB), headers)).status).toBe(200);
    expect(outcomeOf(await echo(sized(MIB + 1), headers))).toEqual([413, 'too-large']);
  });

  it.each<[name: string, encoding: string, bomb: Buffer]>([
    ['gzip', 'gzip', gzipSync(Buffer.alloc(100 * MIB, ' '))],
    ['deflate', 'deflate', deflateSync(Buffer.alloc(100 * MIB, ' '))],
    ['br', 'br', brotliCompressSync(Buffer.alloc(100 * MIB, ' '))],
  ])('is counted after inflating %s', async (_name, encoding, bomb) => {
    const fits = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[encoding]!(sized(MIB));
    expect((await echo(fits, { 'content-encoding': encoding })).status).toBe(200);
    expect(outcomeOf(await echo(bomb, { 'content-encoding': encoding }))).toEqual([413, 'too-large']);
    expect((await echo(bomb, { 'content-encoding': encoding }, '/mcp/rpc')).status).toBe(413);
  });

  it('is counted before inflating too: bytes that inflate to nothing come to an end', async () => {
    const { send: write, until } = connectTo(gateway.url);
    write(
      `POST ${ECHO} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = (hex: string) =>
      `${(hex.length / 2).toString(16)}\r\n${Buffer.from(hex, 'hex').toString('latin1')}\r\n`;
    write(Buffer.from(chunk('7801'), 'latin1'));
    // stored blocks of no bytes
    const blocks = Buffer.from(chunk('000000ffff'.repeat(13_000)), 'latin1');
    for (let i = 0; i < 20; i += 1) {
      write(blocks);
    }
    expect(statusesOf(await until((text) => text.includes('}}')))).toEqual([413]);
  });

  it.each<[name: string, path: string, head: string]>([
    ['announced', ECHO, `Content-Length: ${64 * MIB}`],
    ['chunked', ECHO, 'Transfer-Encoding: chunked'],
    ['chunked at the JSON-RPC door', '/mcp/rpc', 'Transfer-Encoding: chunked'],
    ['of another type', ECHO, `Content-Length: ${64 * MIB}\r\nContent-Type: text/plain`],
    ['with a bad key', '/mcp/rpc', `Content-Length: ${64 * MIB}\r\nX-MCP-Key: nonsense`],
  ])('far above it, %s, is answered, and then the connection is closed', async (_name, path, head) => {
    const connection = connectTo(gateway.url);
    const type = head.includes('Content-Type') ? '' : 'Content-Type: application/json\r\n';
    connection.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${head}\r\n\r\n`);
    const part = Buffer.alloc(MIB, ' ');
    const chunk = head.startsWith('Transfer')
      ? Buffer.concat([Buffer.from('100000\r\n'), part, Buffer.from('\r\n')])
      : part;
    // many clients read only when they have sent everything
    connection.socket.pause();
    for (let sent = 0; sent < 32; sent += 1) await connection.push(chunk);
    connection.socket.resume();
    const received = await connection.closed();
    seen.push(received);
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d .*\r\n\r\n\{.*\}$/s);
    expect(received.toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(statusesOf(received)).toEqual([head.includes('nonsense') ? 401 : head.includes('text/plain') ? 415 : 413]);
  });
});

describe('encodings', () => {
  const gzipped = gzipSync('{"message":"x"}');
  const damaged = Buffer.from(gzipped);
  damaged[damaged.length - 6]! ^= 0xff;

  it.each<[name: string, encoding: string, body: string | Buffer, outcome: [number, unknown]]>([
    ['gzip', 'gzip', gzipped, [200, { message: 'x' }]],
    ['x-gzip in any case', ' X-GZIP ', gzipped, [200, { message: 'x' }]],
    ['identity', 'identity', '{"message":"x"}', [200, { message: 'x' }]],
    ['truncated gzip', 'gzip', gzipped.subarray(0, -9), [400, 'invalid']],
    ['damaged gzip', 'gzip', damaged, [400, 'invalid']],
    ['no gzip at all', 'gzip', '{"message":"x"}', [400, 'invalid']],
    ['no brotli', 'br', gzipped, [400, 'invalid']],
    ['no deflate', 'deflate', gzipped, [400, 'invalid']],
    ['an empty gzip', 'gzip', gzipSync(''), [400, 'invalid']],
    ['two of them', 'gzip, gzip', gzipSync(gzipped), [415, 'invalid']],
    ['an unknown one', 'zstd', gzipped, [415, 'invalid']],
    ['an empty one', '', '{"message":"x"}', [415, 'invalid']],
    ['the name of a property of every object', 'constructor', '{"message":"x"}', [415, 'invalid']],
    ['another one', '__proto__', '{"message":"x"}', [415, 'invalid']],
    ['a third one', 'toString', '{"message":"x"}', [415, 'invalid']],
  ])('%s', async (_name, encoding, body, outcome) => {
    expect(outcomeOf(await echo(body, { 'content-encoding': encoding }))).toEqual(outcome);
  });
});

describe('JSON', () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
  const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')}}`;
  /** What the gateway says to a body that is read, and then is no input of `echo`. */
  const read: [number, string] = [400, 'invalid'];
  const issues = ({ body }: Answer) =>
    (body as { error: { details: { issues?: { path: string }[] } } }).error.details.issues?.map(({ path }) => path);

  it.each<[name: string, body: string | Buffer, outcome: [number, unknown]]>([
    ['a byte order mark before it', '\ufeff{"message":"x"}', [200, { message: 'x' }]],
    ['any Unicode', '{"message":"\\ud83d\\ude00\u0000é\u2028"}'.replace('\u0000', ''), [200, { message: '😀é\u2028' }]],
    ['a lone surrogate', '{"message":"\\ud800"}', [200, { message: '\ud800' }]],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), [400, 'invalid']],
    [
      'an overlong form',
      Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      [400, 'invalid'],
    ],
    ['UTF-16', Buffer.from('\ufeff{"message":"x"}', 'utf16le'), [400, 'invalid']],
    ['NaN', '{"message":NaN}', [400, 'invalid']],
    ['a comment', '{"message":"x"}//', [400, 'invalid']],
    ['a trailing comma', '{"message":"x",}', [400, 'invalid']],
    ['two values', '{"message":"x"}{}', [400, 'invalid']],
    ['blanks alone', ' ', [400, 'invalid']],
    ['65 levels', nested(65), [413, 'too-large']],
    ['65 levels of arrays', '['.repeat(65) + ']'.repeat(65), [413, 'too-large']],
    ['20 KB of opening brackets', '['.repeat(20_000), [413, 'too-large']],
    ['1 MB of opening brackets', '['.repeat(1_000_000), [413, 'too-large']],
    ['20 KB of nested arrays', '['.repeat(10_000) + ']'.repeat(10_000), [413, 'too-large']],
    ['10,001 members', members(10_001), [413, 'too-large']],
    [
      'brackets and colons in text',
      JSON.stringify({ message: '[{:'.repeat(2_000) + '\\"' }),
      [200, { message: '[{:'.repeat(2_000) + '\\"' }],
    ],
  ])('with %s', async (_name, body, outcome) => {
    expect(outcomeOf(await echo(body))).toEqual(outcome);
  });

  it('may be 64 levels deep and have 10,000 members', async () => {
    const deep = await echo(nested(64));
    expect([outcomeOf(deep), issues(deep)]).toEqual([read, ['message', 'a']]);
    const wide = await echo(members(10_000));
    expect([outcomeOf(wide), issues(wide)?.length]).toEqual([read, 10_001]);
  });

  it.each(['__proto__', 'constructor', '\\u005f\\u005fproto\\u005f\\u005f', '__proto\\u005f_', '\\u0063onstructor'])(
    'loses a member %s, wherever it stands',
    async (name) => {
      expect(outcomeOf(await echo(`{"message":"x","${name}":{"polluted":true}}`))).toEqual([200, { message: 'x' }]);
      const inner = await send({
        method: 'POST',
        path: '/mcp/rpc',
        headers: json,
        body: `{"jsonrpc":"2.0","id":1,"method":"mcp.execute","params":{"service":"gateway","operation":"echo","params":{"message":"x","${name}":[{"${name}":1}]}}}`,
      });
      expect(inner.body).toMatchObject({ result: { data: { message: 'x' } } });
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );

  it('of any kind is answered without a fault of ours', async () => {
    const bodies = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          jsonrpc: fc.constant('2.0'),
          id: fc.jsonValue(),
          method: fc.constantFrom('ping', 'mcp.execute', 'tools/call', 'x'),
          params: fc.jsonValue(),
        })
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    await fc.assert(
      fc.asyncProperty(
        bodies,
        fc.constantFrom('/mcp/rpc', ECHO, '/mcp/execute', '/admin/api-keys'),
        async (body, path) => {
          const { status, text } = await echo(body, {}, path);
          expect(status).toBeLessThan(500);
          // a notification is answered with nothing
          expect(() => JSON.parse(text || 'null')).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('connections', () => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const rpc = (id: number, more = '') =>
    `POST /mcp/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Request-Id: r${id}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
  const get = (target: string, version = '1.1', more = '') =>
    `GET ${target} HTTP/${version}\r\nHost: localhost\r\n${more}Connection: close\r\n\r\n`;

  it.each(['announced', 'chunked', 'gzip'])('that end in the middle of a body (%s) harm nobody', async (kind) => {
    for (const path of ['/mcp/rpc', ECHO]) {
      const connection = connectTo(gateway.url);
      const length = kind === 'chunked' ? 'Transfer-Encoding: chunked' : 'Content-Length: 1000';
      const encoding = kind === 'gzip' ? 'Content-Encoding: gzip\r\n' : '';
      connection.send(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${encoding}${length}\r\n\r\n`,
      );
      connection.send(
        kind === 'chunked' ? '5\r\n{"mes' : kind === 'gzip' ? gzipSync('{"message":"x"}').subarray(0, 15) : '{"mes',
      );
      await once(connection.socket, 'connect');
      connection.socket.resetAndDestroy();
      expect(await connection.closed()).toBe('');
    }
  });

  it('that send their headers slowly are closed in time', async () => {
    const server = gateway.gateway.app.getHttpServer();
    const before = server.headersTimeout;
    server.headersTimeout = 200;
    try {
      const connection = connectTo(gateway.url);
      connection.send('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
      const since = performance.now();
      expect(statusesOf(await connection.closed())).toEqual([408]);
      expect(performance.now() - since).toBeLessThan(5_000);
    } finally {
      server.headersTimeout = before;
    }
  });

  it('have the limits that are promised', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = gateway.gateway.app.getHttpServer();
    expect({ headersTimeout, requestTimeout, keepAliveTimeout, maxConnections }).toEqual({
      headersTimeout: 15_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      maxConnections: 10_000,
    });
  });

  it('may send several requests at once, and get the answers in their order', async () => {
    const received = await raw(
      rpc(1) + rpc(2) + get('/nowhere').replace('close', 'keep-alive') + rpc(3) + rpc(4, 'Connection: close\r\n'),
    );
    expect(statusesOf(received)).toEqual([200, 200, 404, 200, 200]);
    expect([...received.matchAll(/^x-request-id: (r\d)/gim)].map(([, id]) => id)).toEqual(['r1', 'r2', 'r3', 'r4']);
  });

  it('are used again after a refusal whose body was read', async () => {
    const notJson = rpc(1).replace(body, 'x'.repeat(body.length));
    expect(statusesOf(await raw(notJson + rpc(2, 'Connection: close\r\n')))).toEqual([400, 200]);
  });

  it.each<[name: string, request: string, statuses: number[]]>([
    ['HTTP/1.0', get('/health', '1.0'), [200]],
    ['HTTP/1.0 with no Host', 'GET /api/tools HTTP/1.0\r\n\r\n', [421]],
    ['HTTP/1.0 with no Host for a probe', 'GET /health HTTP/1.0\r\n\r\n', [200]],
    ['HTTP/2 in plain text', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['an absolute target', get('http://localhost/health'), [400]],
    ['an absolute target of another host', get('http://evil.example/health'), [400]],
    ['a target *', get('*'), [400]],
    ['OPTIONS *', get('*').replace('GET', 'OPTIONS'), [400]],
    ['a target without a slash', get('health'), [400]],
    ['a target with two', get('//health'), [404]],
    ['a target with dots', get('/docs/../health'), [404]],
    ['encoded dots', get('/docs/..%2f..%2f..%2fpackage.json'), [404]],
    ['a NUL in a path', get('/mcp/service/%00'), [404]],
    ['a path that can not be decoded', get('/mcp/service/%E0%A4%A'), [400]],
    ['an unending path', get(`/${'a'.repeat(8_000)}`), [404]],
    ['TRACE', get('/health').replace('GET', 'TRACE'), [404]],
    ['PROPFIND', get('/health').replace('GET', 'PROPFIND'), [404]],
    ['an unknown method', get('/health').replace('GET', 'BREW'), [400]],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', []],
    ['an upgrade that is not offered', get('/health', '1.1', 'Upgrade: websocket\r\n'), [200]],
    ['an expectation that is not met', get('/health', '1.1', 'Expect: miracles\r\n'), [417]],
    ['headers of more than 16 KB', get('/health', '1.1', `X-Long: ${'a'.repeat(17_000)}\r\n`), [431]],
    ['two lengths', get('/health', '1.1', 'Content-Length: 1\r\nContent-Length: 2\r\n'), [400]],
    ['a length and chunks', get('/health', '1.1', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), [400]],
    ['a negative length', get('/health', '1.1', 'Content-Length: -1\r\n'), [400]],
    ['a folded header', get('/health', '1.1', 'X-A: b\r\n c\r\n'), [400]],
    ['garbage', '\u0016\u0003\u0001\u0002\u0000', [400]],
    ['a range that the file does not have', get('/docs/swagger-ui.css', '1.1', 'Range: bytes=99999999-\r\n'), [416]],
    ['a precondition that fails', get('/docs/swagger-ui.css', '1.1', 'If-Match: "x"\r\n'), [412]],
  ])('%s', async (_name, request, statuses) => {
    expect(statusesOf(await raw(request))).toEqual(statuses);
  });
});
