import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { buildConnector } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { Exchange } from '../exchange.js';
import { selfSigned } from '../testing/certificate.js';
import { closing } from '../testing/closing.js';
import { Connections, reading } from './connections.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { wireServer, writeParts, type WireServer } from './testing/wire-server.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const post: OutgoingRequest = { method: 'POST', path: '/mcp', headers: {}, body: '{}' };

function connectionsTo(url: string, { max = 4, ca = '' } = {}): Connections {
  const connect = buildConnector({ onread: reading, ...(ca !== '' && { ca, servername: 'secure.example.com' }) });
  const connections = new Connections(new URL(url), connect, max);
  closing({ close: async () => connections.destroy() });
  return connections;
}

async function serve(answer: (request: string, socket: Socket) => void): Promise<WireServer> {
  return closing(await wireServer(answer));
}

/** Answers each request with these in turn. */
async function serving(...answers: string[]): Promise<WireServer> {
  return serve((_request, socket) => socket.write(Buffer.from(answers.shift() ?? OK, 'latin1')));
}

function begin(connections: Connections, request = post): Exchange {
  const exchange = new Exchange('The server', () => undefined);
  exchange.started.catch(() => undefined);
  connections.dispatch(request, exchange);
  return exchange;
}

/** The body of the answer, or the kind of its error. */
async function bodyOf(exchange: Exchange): Promise<string> {
  try {
    await exchange.started;
    return (await exchange.body(1_000_000)).toString();
  } catch (error) {
    return error instanceof OperationError ? error.kind : String((error as NodeJS.ErrnoException).code);
  }
}

const ask = (connections: Connections, request?: OutgoingRequest) => bodyOf(begin(connections, request));

describe('a request', () => {
  it('is written as HTTP/1.1 has it', async () => {
    const seen: string[] = [];
    const server = await serve((request, socket) => {
      seen.push(request);
      socket.write(OK);
    });
    const connections = connectionsTo(server.url);
    await ask(connections, { method: 'POST', path: '/a?b=c', headers: { 'x-a': 'b' }, body: 'é' });
    await ask(connections, { method: 'GET', path: '/', headers: {}, body: null });
    await ask(connections, { method: 'POST', path: '/', headers: { 'x-a': '\xe9' }, body: Buffer.from('é') });
    await ask(connections, { method: 'POST', path: '/', headers: {}, body: null });
    const { host } = new URL(server.url);
    const head = (line: string) => `${line} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
    expect(seen).toEqual([
      `${head('POST /a?b=c')}x-a: b\r\ncontent-length: 2\r\n\r\n\xc3\xa9`,
      `${head('GET /')}\r\n`,
      `${head('POST /')}x-a: \xe9\r\ncontent-length: 2\r\n\r\n\xc3\xa9`,
      `${head('POST /')}content-length: 0\r\n\r\n`,
    ]);
  });

  it.each([
    ['a line break in a header', { 'x-a': 'b\r\nx-c: d' }],
    ['a NUL in a header', { 'x-a': '\0' }],
    ['a letter that no header holds', { 'x-a': '\u{1f600}' }],
    ['a name that is none', { 'x a': 'b' }],
    ['a name with a line break', { 'x-a: b\r\nx-c': 'd' }],
  ])('is not sent with %s', async (_what, headers) => {
    const server = await serving();
    const connections = connectionsTo(server.url);
    expect(await ask(connections, { ...post, headers })).toBe('UND_ERR_INVALID_ARG');
    expect(server.sockets).toHaveLength(0);
  });
});

describe('a connection', () => {
  it('carries one request after the other, and several at once wait for each other', async () => {
    const server = await serving();
    const connections = connectionsTo(server.url, { max: 2 });
    const bodies = await Promise.all(Array.from({ length: 20 }, () => ask(connections)));
    expect(new Set(bodies)).toEqual(new Set(['ok']));
    expect(await ask(connections)).toBe('ok');
    expect(server.sockets).toHaveLength(2);
  });

  it.each([
    ['whose server closes it', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['whose server will close it soon', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok'],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['on which something came behind the answer', `${OK}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`],
    [
      'on which something came behind the chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n\r\n',
    ],
  ])('%s carries no other request', async (_what, answer) => {
    const server = await serving(answer);
    const connections = connectionsTo(server.url);
    expect([await ask(connections), await ask(connections)]).toEqual(['ok', 'ok']);
    expect(server.sockets).toHaveLength(2);
  });

  it('on which something comes that nobody asked for carries no other request', async () => {
    const server = await serving();
    const connections = connectionsTo(server.url);
    await ask(connections);
    server.sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil');
    await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true));
    expect([await ask(connections), server.sockets.length]).toEqual(['ok', 2]);
  });

  it('that its server has closed meanwhile carries no other request, even where nobody had time to notice', async () => {
    const server = await serving();
    const connections = connectionsTo(server.url);
    await ask(connections);
    const gone = once(server.sockets[0]!, 'close');
    server.sockets[0]?.end();
    // the end comes in while other things are done, and in the same turn somebody asks
    const until = performance.now() + 50;
    await turn();
    while (performance.now() < until);
    expect([await ask(connections), server.sockets.length]).toEqual(['ok', 2]);
    await gone;
  });

  it('is not kept for longer than its server keeps it', async () => {
    const server = await serving('HTTP/1.1 200 OK\r\nkeep-alive: timeout=3\r\ncontent-length: 2\r\n\r\nok');
    const connections = connectionsTo(server.url);
    await ask(connections);
    connections.sweep();
    expect(await ask(connections)).toBe('ok');
    expect(server.sockets).toHaveLength(1);
    const later = performance.now() + 20_000;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    connections.sweep();
    vi.restoreAllMocks();
    await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true));
  });

  it('whose server answers before it has read the request carries no other one', async () => {
    const server = await serve(() => undefined);
    const connections = connectionsTo(server.url);
    const large = begin(connections, { ...post, body: 'x'.repeat(32 * 1024 * 1024) });
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    server.sockets[0]?.pause().write(OK);
    expect(await bodyOf(large)).toBe('ok');
    await vi.waitFor(() => expect(server.sockets[0]?.resume().destroyed).toBe(true));
  });

  it('that breaks off in the middle of an answer fails its request alone', async () => {
    let count = 0;
    const server = await serve((_request, socket) => {
      count += 1;
      if (count > 1) socket.write(OK);
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
    });
    const connections = connectionsTo(server.url, { max: 1 });
    expect(await Promise.all([ask(connections), ask(connections)])).toEqual(['unavailable', 'ok']);
  });
});

describe('a request that is given up', () => {
  it('while it waits leaves its place to the next one', async () => {
    let answerNow: (() => void) | undefined;
    const server = await serve((request, socket) => {
      if (request.includes('/slow')) answerNow = () => void socket.write(OK);
      else socket.write(OK);
    });
    const connections = connectionsTo(server.url, { max: 1 });
    const slow = begin(connections, { ...post, path: '/slow' });
    const given = begin(connections);
    const last = begin(connections);
    await vi.waitFor(() => expect(answerNow).toBeDefined());
    given.stop(new OperationError('failed', 'Nobody wants it'));
    expect(await bodyOf(given)).toBe('failed');
    answerNow?.();
    expect(await Promise.all([bodyOf(slow), bodyOf(last)])).toEqual(['ok', 'ok']);
    expect(server.sockets).toHaveLength(1);
  });

  it('while it runs ends its connection, and no other', async () => {
    const server = await serve((request, socket) => {
      if (!request.includes('/never')) socket.write(OK);
    });
    const connections = connectionsTo(server.url);
    const never = begin(connections, { ...post, path: '/never' });
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    expect(await ask(connections)).toBe('ok');
    never.stop(new OperationError('deadline', 'It takes too long'));
    expect(await bodyOf(never)).toBe('deadline');
    await vi.waitFor(() => expect(server.sockets.map(({ destroyed }) => destroyed)).toEqual([true, false]));
    expect(await ask(connections)).toBe('ok');
  });

  it('at the end of all is told so', async () => {
    const server = await serve(() => undefined);
    const connections = connectionsTo(server.url, { max: 1 });
    const all = [begin(connections), begin(connections)];
    await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
    connections.destroy();
    expect(await Promise.all([...all, begin(connections)].map(bodyOf))).toEqual(
      Array.from({ length: 3 }, () => 'UND_ERR_DESTROYED'),
    );
    await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true));
  });
});

describe('a body', () => {
  it('that nobody reads is held back, and comes whole when it is read', async () => {
    const bytes = 16 * 1024 * 1024;
    const server = await serving(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`);
    const connections = connectionsTo(server.url);
    const exchange = begin(connections);
    await exchange.started;
    const [socket] = server.sockets;
    // what neither side takes any more stays with the server
    let left = -1;
    await vi.waitFor(() => {
      const before = left;
      left = socket!.writableLength;
      expect(left).toBe(before);
    });
    expect(left).toBeGreaterThan(0);
    let read = 0;
    for await (const chunk of exchange.stream()) read += (chunk as Buffer).length;
    expect(read).toBe(bytes);
    expect(await ask(connections)).toBe('ok');
    expect(server.sockets).toHaveLength(1);
  });

  it('of one connection is not mixed with that of another', async () => {
    const server = await serve((request, socket) => {
      const name = /\/(\w)/.exec(request)?.[1] ?? '';
      const parts = Array.from({ length: 20 }, () => Buffer.from(`5\r\n${name.repeat(5)}\r\n`));
      void writeParts(socket, [
        Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'),
        ...parts,
        Buffer.from('0\r\n\r\n'),
      ]);
    });
    const connections = connectionsTo(server.url);
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map((name) => ask(connections, { ...post, path: `/${name}` })))).toEqual(
      names.map((name) => name.repeat(100)),
    );
  });
});

describe('TLS', () => {
  async function secureServer() {
    const server = createTlsServer(selfSigned, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'s'.repeat(100_000)}`));
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing({ close: async () => void server.close() });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('carries requests to a server that is trusted', async () => {
    const connections = connectionsTo(await secureServer(), { ca: selfSigned.cert });
    expect([await ask(connections), await ask(connections)]).toEqual(['s'.repeat(100_000), 's'.repeat(100_000)]);
  });

  it('carries nothing to any other server', async () => {
    const connections = connectionsTo(await secureServer());
    expect(await ask(connections)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
