import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi, onTestFinished } from 'vitest';
import { OperationError } from '#libs/kit';
import type { HttpRequest } from './http-request.js';
import type { OpenAnswer } from './open-answer.js';
import { NamedOrigin } from './target-policy.js';
import { closing } from './testing/closing.js';
import { AnswerLostError } from './unavailable-error.js';
import { outboundClient, type OutboundClient } from './testing/outbound-client.js';
import { webServer, type WebServer } from './testing/web-server.js';

async function serve(answer: RequestListener): Promise<WebServer> {
  return closing(await webServer(answer));
}

function clientWith(given: Parameters<typeof outboundClient>[0] = {}): OutboundClient {
  const client = outboundClient({ allowedHosts: ['127.0.0.1'], ...given });
  closing(client);
  return client;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ url, policy: 'open', ...more });

/** How a request failed: its kind and message, with numbers of ports taken out. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationError)) return `not an OperationError: ${String(error)}`;
  return `${error.kind}: ${error.message.replace(/:\d{4,5}\b/g, ':PORT')}`;
}

/** The body of an answer that is read as it comes in. */
async function streamed({ client }: OutboundClient, request: HttpRequest, maxBytes?: number): Promise<Readable> {
  return (await client.open(request)).stream(maxBytes);
}

describe('a request', () => {
  it('sends what it is given and nothing else but what HTTP needs', async () => {
    const server = await serve((_request, response) => response.setHeader('x-answer', 'yes').end('{"a":1}'));
    const { client } = clientWith();
    const answer = await client.request(
      get(`${server.url}/path?q=1#fragment`, {
        method: 'post',
        json: { b: 2 },
        headers: { Authorization: 'Bearer x' },
      }),
    );
    expect([answer.status, answer.headers['x-answer'], answer.json(), answer.url.href]).toEqual([
      200,
      'yes',
      { a: 1 },
      `${server.url}/path?q=1`,
    ]);
    expect(server.requests).toEqual([
      {
        method: 'POST',
        url: '/path?q=1',
        headers: {
          host: `127.0.0.1:${server.port}`,
          connection: 'keep-alive',
          'user-agent': 'mcp-gateway',
          'accept-encoding': 'gzip, deflate, br',
          authorization: 'Bearer x',
          'content-type': 'application/json',
          'content-length': '7',
        },
        body: '{"b":2}',
      },
    ]);
  });

  it('keeps the name in Host while it connects to the address', async () => {
    const server = await serve((_request, response) => response.end('here'));
    const { client } = clientWith({ names: { 'site.example.com': [['127.0.0.1']] } });
    await client.request(get(`http://site.example.com:${server.port}/`));
    expect(server.requests[0]?.headers.host).toBe(`site.example.com:${server.port}`);
  });

  it('answers any status', async () => {
    const server = await serve((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    });
    const { client } = clientWith();
    for (const status of [200, 204, 304, 400, 401, 404, 500]) {
      expect((await client.request(get(`${server.url}/${status}`))).status).toBe(status);
    }
  });

  it('sends a stream as its body', async () => {
    const server = await serve((_request, response) => response.end());
    const { client } = clientWith();
    await client.request(get(server.url, { method: 'POST', body: Readable.from(['one ', 'two']) }));
    expect(server.requests[0]?.body).toBe('one two');
  });

  it('sends a stream whole where its length is known, and tells of one that is not as long', async () => {
    const server = await serve((_request, response) => response.end());
    const { client } = clientWith();
    const post = (bodyLength: number) =>
      get(server.url, { method: 'POST', body: Readable.from([Buffer.from('one '), Buffer.from('two')]), bodyLength });
    await client.request(post(7));
    const { headers, body } = server.requests[0]!;
    expect([headers['content-length'], headers['transfer-encoding'], body]).toEqual(['7', undefined, 'one two']);
    expect(await failure(client.request(post(5)))).toBe('invalid: The method, a header or the body is not valid HTTP');
  });

  it.each([
    'Host',
    'connection',
    'Keep-Alive',
    'proxy-authorization',
    'TE',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'content-length',
    'expect',
  ])('is invalid with the header %s', async (name) => {
    const server = await serve((_request, response) => response.end());
    const { client } = clientWith();
    expect(await failure(client.request(get(server.url, { headers: { [name]: 'x' } })))).toBe(
      `invalid: The header ${name.toLowerCase()} is set by the gateway; leave it out`,
    );
    expect(server.sockets.all).toBe(0);
  });

  it.each([
    ['a line break in a header', { headers: { 'x-a': 'b\r\nx-c: d' } }],
    ['a header name that is none', { headers: { 'x a': 'b' } }],
    ['a method that is none', { method: 'GET /x HTTP/1.1\r\n' }],
  ])('is invalid with %s', async (_what, more) => {
    const server = await serve((_request, response) => response.end());
    const { client } = clientWith();
    expect(await failure(client.request(get(server.url, more)))).toBe(
      'invalid: The method, a header or the body is not valid HTTP',
    );
    expect(server.requests).toEqual([]);
  });

  it.each(['CONNECT', 'trace'])('is invalid with the method %s', async (method) => {
    expect(await failure(clientWith().client.request(get('https://example.com/', { method })))).toMatch(/^invalid: /);
  });
});

describe('connections', () => {
  it('are used again', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const { client } = clientWith();
    for (let sent = 0; sent < 20; sent += 1) await client.request(get(server.url));
    // undici rests a connection for a turn of the event loop, and may take a second one meanwhile
    expect(server.sockets.all).toBeLessThanOrEqual(2);
  });

  it('are not shared between what the operator named and what a caller chose', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const { client } = clientWith({ allowedHosts: [] });
    await client.request({ url: server.url, policy: new NamedOrigin('The site', server.url) });
    expect(await failure(client.request(get(server.url)))).toMatch(/^failed: This address may not be reached/);
    expect(server.requests).toHaveLength(1);
  });

  it('go by the Unix socket that the operator named, and by no other way', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'socket-'));
    const socketPath = join(directory, 'engine.sock');
    const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`));
    server.listen(socketPath);
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
      rmSync(directory, { recursive: true });
    });
    await once(server, 'listening');
    const { client } = clientWith({ httpProxy: 'http://127.0.0.1:1' });
    const policy = new NamedOrigin('The engine', 'http://engine', socketPath);
    expect((await client.request({ url: 'http://engine/x', policy })).text()).toBe('engine /x');
    const nowhere = new NamedOrigin('The engine', 'http://engine', join(directory, 'none.sock'));
    expect(await failure(client.request({ url: 'http://engine/x', policy: nowhere }))).toBe(
      'unavailable: The engine could not be reached, or broke off',
    );
    expect(await failure(client.request(get('http://engine/x')))).toMatch(/^failed: This address may not be reached/);
  });

  it('leave no descriptor behind after 1,000 requests', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const { client, close } = clientWith();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => client.request(get(server.url))));
    }
    expect(server.requests).toHaveLength(1_000);
    expect(server.sockets.all).toBeLessThanOrEqual(100);
    await close();
    await vi.waitFor(() => {
      expect(server.sockets.open.size).toBe(0);
      expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
    }, 3_000);
  });

  it('go to a bounded number of origins', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const names = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`s${n}.example.com`, [['127.0.0.1']]]));
    const { client } = clientWith({ names });
    for (const name of Object.keys(names)) await client.request(get(`http://${name}:${server.port}/`));
    await vi.waitFor(() => expect(server.sockets.open.size).toBeLessThanOrEqual(256), 3_000);
    expect(server.requests).toHaveLength(300);
  });

  it('to an origin that is no longer asked are closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve((_request, response) => {
      response.setHeader('keep-alive', 'timeout=600').end('x');
    });
    const { client } = clientWith();
    await client.request(get(server.url));
    vi.advanceTimersByTime(45_000);
    await client.request(get(server.url));
    vi.advanceTimersByTime(45_000);
    expect(server.sockets.open.size).toBeGreaterThan(0);
    vi.advanceTimersByTime(45_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('are made to no other address than the one that was checked, whatever the name resolves to next', async () => {
    const server = await serve((_request, response) => response.end('secret'));
    const { client, guard, asked } = clientWith({
      allowedHosts: [],
      allowedPorts: [server.port],
      names: { 'rebind.example.com': [['93.184.215.14'], ['127.0.0.1']] },
    });
    const url = `http://rebind.example.com:${server.port}/`;
    await guard.check(url, 'open');
    expect(await failure(client.request(get(url)))).toMatch(/^failed: This address may not be reached: it is not on/);
    expect([asked, server.sockets.all]).toEqual([['rebind.example.com', 'rebind.example.com'], 0]);
  });

  it('are made to no private address, also where the name had none when it was checked', async () => {
    const server = await serve((_request, response) => response.end('secret'));
    const { client, guard } = clientWith({
      allowedHosts: [],
      allowedPorts: [server.port],
      names: { 'late.example.com': [[], ['127.0.0.1']] },
    });
    const url = `http://late.example.com:${server.port}/`;
    await guard.check(url, 'open');
    expect(await failure(client.request(get(url)))).toMatch(/^failed: This address may not be reached: it is not on/);
    expect(server.sockets.all).toBe(0);
  });

  it('are not made where one of several addresses is private', async () => {
    const server = await serve((_request, response) => response.end('secret'));
    const { client } = clientWith({ names: { 'two.example.com': [['127.0.0.1', '127.0.0.2']] } });
    expect(await failure(client.request(get(`http://two.example.com:${server.port}/`)))).toMatch(
      /^failed: This address/,
    );
    expect(server.sockets.all).toBe(0);
  });
});

describe('time', () => {
  const never: RequestListener = () => undefined;
  const drip: RequestListener = (_request, response) => {
    response.write('x');
    const timer = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(timer));
  };

  it.each([
    ['headers that do not come', never],
    ['a body that never ends', drip],
  ] satisfies [string, RequestListener][])('is up in all for %s', async (_what, answer) => {
    const server = await serve(answer);
    const { client } = clientWith();
    const startedAt = performance.now();
    expect(await failure(client.request(get(server.url, { timeoutMs: 300 })))).toBe(
      'deadline: http://127.0.0.1:PORT did not answer completely within 300 ms',
    );
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('is up in all for redirects that take their time', async () => {
    const server = await serve((request, response) => {
      setTimeout(() => response.writeHead(302, { location: request.url }).end(), 150);
    });
    expect(await failure(clientWith().client.request(get(server.url, { timeoutMs: 400 })))).toMatch(/within 400 ms$/);
  });

  it('is HTTP_TIMEOUT_MS where nothing is said', async () => {
    const server = await serve(never);
    expect(await failure(clientWith({ timeoutMs: 200 }).client.request(get(server.url)))).toMatch(/within 200 ms$/);
  });

  it.each([
    ['headers', never, { headersTimeoutMs: 500 }],
    ['the next part of the body', (_request, response) => void response.write('x'), { bodyTimeoutMs: 500 }],
  ] satisfies [string, RequestListener, Partial<HttpRequest>][])('is up for %s', async (_what, answer, limits) => {
    const server = await serve(answer);
    expect(await failure(clientWith().client.request(get(server.url, limits)))).toBe(
      'deadline: http://127.0.0.1:PORT did not answer in time',
    );
  });

  it('is up while the name is not resolved, which is nothing to the next request', async () => {
    const server = await serve((_request, response) => response.end('here'));
    const { client } = clientWith({ names: { 'slow.example.com': [['never'], ['127.0.0.1']] } });
    const url = `http://slow.example.com:${server.port}/`;
    expect(await failure(client.request(get(url, { timeoutMs: 100 })))).toMatch(/^deadline: .* within 100 ms$/);
    expect((await client.request(get(url, { timeoutMs: 1_000 }))).text()).toBe('here');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a caller who leaves', () => {
  const silent: RequestListener = () => undefined;
  const begins: RequestListener = (_request, response) => void response.write('x');
  it.each([
    ['before the head', silent],
    ['in the body', begins],
  ])('%s frees the connection within 100 ms', { retry: 3 }, async (_when, answer) => {
    const server = await serve(answer);
    const { client } = clientWith();
    const leaving = new AbortController();
    const failed = failure(client.request(get(server.url, { signal: leaving.signal })));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 3_000);
    const [socket] = server.sockets.open;
    const closed = once(socket!, 'close');
    const leftAt = performance.now();
    leaving.abort(new OperationError('deadline', 'The client left'));
    expect(await failed).toBe('deadline: The client left');
    await closed;
    expect(performance.now() - leftAt).toBeLessThan(100);
  });

  it('has left before it began', async () => {
    const server = await serve((_request, response) => response.end());
    const signal = AbortSignal.abort();
    expect(await failure(clientWith().client.request(get(server.url, { signal })))).toBe(
      'failed: The request to http://127.0.0.1:PORT was cancelled',
    );
    expect(server.requests).toEqual([]);
  });

  it('leaves no listener on its signal when all went well', async () => {
    const server = await serve((_request, response) => response.end());
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const added = vi.spyOn(signal, 'addEventListener');
    await clientWith().client.request(get(server.url, { signal }));
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1]);
  });
});

describe('a body', () => {
  const text = 'Grüße '.repeat(1_000);
  it.each([
    ['plain', undefined, Buffer.from(text)],
    ['gzip', 'gzip', gzipSync(text)],
    ['x-gzip', 'X-GZIP', gzipSync(text)],
    ['deflate with zlib’s header', 'deflate', deflateSync(text)],
    ['deflate without', 'deflate', deflateRawSync(text)],
    ['brotli', 'br', brotliCompressSync(text)],
    ['two encodings', 'gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', 'identity', Buffer.from(text)],
  ])('is inflated: %s', async (_what, encoding, body) => {
    const server = await serve((_request, response) => {
      if (encoding !== undefined) response.setHeader('content-encoding', encoding);
      response.end(body);
    });
    const outbound = clientWith();
    expect((await outbound.client.request(get(server.url))).text()).toBe(text);
    const parts: Buffer[] = [];
    for await (const part of await streamed(outbound, get(server.url))) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe(text);
  });

  it.each([
    ['an unknown encoding', 'zstd', Buffer.from('x'), 'answered in an encoding that was not asked for'],
    ['too many encodings', 'gzip,gzip,gzip,gzip', Buffer.from('x'), 'answered in an encoding that was not asked for'],
    ['what is no gzip', 'gzip', Buffer.from('no gzip at all'), 'answered with something that is no valid HTTP'],
    ['a gzip that is cut', 'gzip', gzipSync(text).subarray(0, 20), 'answered with something that is no valid HTTP'],
  ])('fails with %s', async (_what, encoding, body, message) => {
    const server = await serve((_request, response) => response.setHeader('content-encoding', encoding).end(body));
    const outbound = clientWith();
    const parts = streamed(outbound, get(server.url)).then((body) => body.toArray());
    expect(await failure(parts)).toBe(`failed: http://127.0.0.1:PORT ${message}`);
    expect(await failure(outbound.client.request(get(server.url)))).toBe(`failed: http://127.0.0.1:PORT ${message}`);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50 * 1024 * 1024, 32))],
    ['br', brotliCompressSync(Buffer.alloc(50 * 1024 * 1024, 32))],
    ['deflate', deflateSync(Buffer.alloc(50 * 1024 * 1024, 32))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50 * 1024 * 1024, 32)))],
  ])('that becomes 50 MiB by %s is cut', async (encoding, bomb) => {
    const server = await serve((_request, response) => response.setHeader('content-encoding', encoding).end(bomb));
    const outbound = clientWith();
    const expected = 'failed: http://127.0.0.1:PORT answered with more than 1000000 bytes';
    expect(await failure(outbound.client.request(get(server.url, { maxBytes: 1_000_000 })))).toBe(expected);
    const body = await streamed(outbound, get(server.url), 1_000_000);
    expect(await failure(body.toArray())).toBe(expected);
  });

  it.each([
    ['plain', false],
    ['gzip', true],
  ])('that never ends is cut, and its connection closed: %s', async (_what, zipped) => {
    const server = await serve((_request, response) => {
      const endless = Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(64 * 1024, Math.random() * 256);
        })(),
      );
      if (zipped) endless.pipe(createGzip({ level: 0 })).pipe(response.setHeader('content-encoding', 'gzip'));
      else endless.pipe(response);
      response.once('close', () => endless.destroy());
    });
    expect(await failure(clientWith().client.request(get(server.url, { maxBytes: 2_000_000 })))).toBe(
      'failed: http://127.0.0.1:PORT answered with more than 2000000 bytes',
    );
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('of exactly the limit passes, of one byte more does not', async () => {
    const server = await serve((_request, response) => response.end('x'.repeat(1_000)));
    const { client } = clientWith();
    expect((await client.request(get(server.url, { maxBytes: 1_000 }))).body).toHaveLength(1_000);
    expect(await failure(client.request(get(server.url, { maxBytes: 999 })))).toMatch(/more than 999 bytes/);
  });

  it('is not read where the one who asks wants nothing with such a head', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': '1000000000' }).write('x');
    });
    const onHead: HttpRequest['onHead'] = ({ status, headers, url }) => {
      throw new OperationError('failed', `${status} ${headers['content-type']} ${url.pathname}`);
    };
    expect(await failure(clientWith().client.request(get(`${server.url}/film`, { onHead })))).toBe(
      'failed: 200 video/mp4 /film',
    );
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('that is no JSON is told so', async () => {
    const server = await serve((_request, response) => response.end('<html>'));
    const answer = await clientWith().client.request(get(server.url));
    expect(() => answer.json()).toThrow('The answer, with status 200, is no JSON');
  });
});

describe('a stream', () => {
  it('passes on events as they come, past the time limit, until the reader leaves', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let sent = 0;
      const timer = setInterval(() => response.write(`data: ${(sent += 1)}\n\n`), 40);
      response.once('close', () => clearInterval(timer));
    });
    const { client } = clientWith();
    const answer = await client.open(get(server.url, { timeoutMs: 150 }));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const events: string[] = [];
    for await (const part of await answer.stream()) {
      events.push(String(part));
      if (events.length === 8) break;
    }
    expect(events.join('')).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `data: ${n}\n\n`).join(''));
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), { timeout: 100 });
  });

  it('ends with the reason of the caller’s signal', async () => {
    const server = await serve((_request, response) => void response.write('x'));
    const leaving = new AbortController();
    const body = await streamed(clientWith(), get(server.url, { signal: leaving.signal }));
    const read = failure(body.toArray());
    leaving.abort(new OperationError('unavailable', 'The gateway stops'));
    expect(await read).toBe('unavailable: The gateway stops');
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it.each([
    ['it is read', (answer: OpenAnswer) => answer.stream()],
    ['somebody wants it', async () => undefined],
  ])('comes no faster than %s', async (_who, take) => {
    let written = 0;
    const server = await serve((_request, response) => {
      const write = () => {
        while (written < 200_000_000 && response.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
        response.once('drain', write);
      };
      write();
    });
    const answer = await clientWith().client.open(get(server.url));
    await take(answer);
    let before = -1;
    await vi.waitFor(
      () => {
        const same = before === written;
        before = written;
        expect(same).toBe(true);
      },
      { interval: 200, timeout: 5_000 },
    );
    expect(written).toBeLessThan(50_000_000);
    answer.drop();
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('is up when its head does not come', async () => {
    const server = await serve(() => undefined);
    expect(await failure(clientWith().client.open(get(server.url, { timeoutMs: 200 })))).toMatch(/^deadline: /);
  });

  it('in an encoding that nobody asked for holds no connection', async () => {
    const server = await serve((_request, response) => void response.setHeader('content-encoding', 'zstd').write('x'));
    expect(await failure(streamed(clientWith(), get(server.url)))).toMatch(/^failed: .* not asked for$/);
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });

  it('that breaks off while nobody reads it harms nobody', async () => {
    const server = await serve((_request, response) => {
      response.write('x', () => response.destroy());
    });
    const body = await streamed(clientWith(), get(server.url));
    await vi.waitFor(() => expect(body.destroyed).toBe(true), 3_000);
  });

  it('that breaks off is unavailable', async () => {
    const server = await serve((_request, response) => {
      response.write('x', () => response.destroy());
    });
    const body = await streamed(clientWith(), get(server.url));
    expect(await failure(body.toArray())).toBe('unavailable: http://127.0.0.1:PORT could not be reached, or broke off');
  });

  it('that was read to its end gives its connection back', async () => {
    const server = await serve((_request, response) => response.end('x'.repeat(100_000)));
    const outbound = clientWith();
    for (let sent = 0; sent < 5; sent += 1) await (await streamed(outbound, get(server.url))).toArray();
    expect(server.sockets.all).toBeLessThanOrEqual(2);
  });
});

describe('an answer that is opened', () => {
  it('is read as a whole where its head is liked', async () => {
    const server = await serve((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync('{}')),
    );
    const answer = await clientWith().client.open(get(server.url));
    expect([answer.status, (await answer.whole(1_000)).toString()]).toEqual([200, '{}']);
  });

  it('is cut where it is longer than it may be, however late that is said', async () => {
    const server = await serve((_request, response) => response.end('x'.repeat(1_000)));
    const answer = await clientWith().client.open(get(server.url));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 3_000);
    expect(await failure(answer.whole(999))).toBe('failed: http://127.0.0.1:PORT answered with more than 999 bytes');
  });

  it.each([
    ['long', (_request, response) => response.end(Buffer.alloc(50_000_000))],
    ['endless', (_request, response) => void response.write('x')],
  ] satisfies [string, RequestListener][])('holds no connection when it is dropped: %s', async (_length, answer) => {
    const server = await serve(answer);
    (await clientWith().client.open(get(server.url))).drop();
    await vi.waitFor(() => expect(server.sockets.open.size).toBe(0), 3_000);
  });
});

describe('the other side', () => {
  it('that refuses is unavailable, and may be asked again', async () => {
    const server = await serve(() => undefined);
    await server.close();
    const { client } = clientWith();
    const failed = client.request(get(server.url));
    await expect(failed).rejects.toMatchObject({ details: { retryable: true }, cause: { code: 'ECONNREFUSED' } });
    expect(await failure(failed)).toBe('unavailable: http://127.0.0.1:PORT could not be reached, or broke off');
  });

  it('is called by the name that the operator gave it', async () => {
    const server = await serve(() => undefined);
    await server.close();
    const request = { url: `${server.url}/secret-path`, policy: new NamedOrigin('GitHub', server.url) };
    expect(await failure(clientWith().client.request(request))).toBe(
      'unavailable: GitHub could not be reached, or broke off',
    );
  });

  it('may have been reached, where it broke off, and was not, where nobody listens', async () => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const post = () => clientWith().client.request(get(url, { method: 'POST' }));
    await expect(post()).rejects.toBeInstanceOf(AnswerLostError);
    server.close();
    await once(server, 'close');
    await expect(post()).rejects.not.toBeInstanceOf(AnswerLostError);
  });

  it('that is not found by its name is unavailable', async () => {
    expect(await failure(clientWith().client.request(get('http://nowhere.example.com/')))).toBe(
      'unavailable: http://nowhere.example.com could not be found by its name',
    );
  });

  it.each([
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /^failed: .* no valid HTTP$/],
    [
      'sends endless headers',
      `HTTP/1.1 200 OK\r\n${`x-filler: ${'a'.repeat(1_000)}\r\n`.repeat(100)}`,
      /^failed: .* too large$/,
    ],
    ['sends less than it said', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', /^unavailable: .* broke off$/],
    ['says nothing and leaves', '', /^unavailable: .* broke off$/],
  ])('%s', async (_what, bytes, expected) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(bytes));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await failure(clientWith().client.request(get(`http://127.0.0.1:${port}/`, { method: 'POST' })))).toMatch(
      expected,
    );
  });
});
