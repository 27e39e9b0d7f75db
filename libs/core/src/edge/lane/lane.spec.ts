import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { HttpResponse } from '#libs/kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLimits } from '../connection-limits.js';
import { Lane } from './lane.js';
import type { LaneResponse } from './lane-response.js';

const KEEP_ALIVE_MS = 60_000;

type Doors = (body: string, response: HttpResponse, by: 'lane' | 'node') => unknown;

const servers: Server[] = [];
const clients: Socket[] = [];
let answer: Doors;
let lane: Lane;
let maxBodyBytes: number;

beforeEach(() => {
  maxBodyBytes = 1_000_000;
  answer = (body, response, by) => reply(response, 200, `${by} ${body}`);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  lane.closeAll();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  vi.useRealTimers();
});

function reply(response: HttpResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Answers at `/busy` through the lane, where there is one, and at every address through node. */
async function listen({ withLane }: { withLane: boolean }): Promise<number> {
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString(), response, 'node'));
  });
  servers.push(server);
  Object.assign(server, { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: KEEP_ALIVE_MS });
  new ConnectionLimits(server);
  if (withLane) {
    lane = new Lane(server, {
      maxBodyBytes: () => maxBodyBytes,
      takes: (url) => url === '/busy',
      answer: (request, response) => answer(request.body.toString(), response, 'lane'),
    });
  }
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

interface Client {
  socket: Socket;
  heard: () => string;
  /** Resolves when so many answers are there, or the connection is closed. */
  answers: (count: number) => Promise<void>;
  isClosed: () => boolean;
}

function client(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  clients.push(socket);
  let text = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined).on('close', () => (closed = true));
  const count = () => text.split('HTTP/1.1 ').length - 1;
  const answers = (wanted: number) => vi.waitFor(() => expect(closed || count() >= wanted).toBe(true));
  return { socket, heard: () => text, answers, isClosed: () => closed };
}

function post(body: string, url = '/busy', ...more: string[]): string {
  const length = Buffer.byteLength(body);
  return [`POST ${url} HTTP/1.1`, 'Host: localhost', `Content-Length: ${length}`, ...more, '', body].join('\r\n');
}

/** Status and body of each answer. */
function told(heard: string): string[] {
  return [...heard.matchAll(/HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n([^]*?)(?=HTTP\/1\.1 |$)/g)].map(
    ([, status = '', body = '']) => `${status} ${body}`,
  );
}

/** What node's own server says to the same, where the lane's part in it doesn't show. */
function withoutDoor(heard: string): string {
  return heard
    .replaceAll(/^date: .*\r\n/gim, '')
    .replaceAll(/\b(lane|node) /g, '')
    .replaceAll(/^[\w-]+:/gm, (name) => name.toLowerCase())
    .replaceAll(/(?<=HTTP\/1\.1 \d{3} [\w ]+\r\n)([^]*?)(?=\r\n\r\n)/g, (headers) =>
      headers.split('\r\n').sort().join('\r\n'),
    );
}

describe('the answers are those of node', () => {
  const long = 'x'.repeat(100_000);
  it.each([
    ['one request', post('one'), 1],
    ['text above ASCII', post('Jörg 🙂'), 1],
    ['an empty body', post(''), 1],
    ['requests one after the other', post('one') + post('two') + post('three'), 3],
    ['an address that is not the lane’s', post('one', '/other'), 1],
    ['an address of node between two of the lane', post('one') + post('two', '/other') + post('three'), 3],
    ['a GET after a POST', `${post('one')}GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n`, 2],
    ['a large body', post(long), 1],
    ['a large body after a small one', post('one') + post(long), 2],
    [
      'chunks',
      post('', '/busy', 'Transfer-Encoding: chunked').replace('Content-Length: 0\r\n', '') + '3\r\none\r\n0\r\n\r\n',
      1,
    ],
    ['a length and chunks, which smuggle', post('0\r\n\r\n', '/busy', 'Transfer-Encoding: chunked'), 1],
    ['two lengths that differ', post('one', '/busy', 'Content-Length: 2'), 1],
    ['a client that closes', post('one', '/busy', 'Connection: close'), 1],
    ['HTTP/1.0', post('one').replace('1.1', '1.0'), 1],
    ['an expectation', post('one', '/busy', 'Expect: 100-continue'), 2],
    ['no Host', post('one').replace('Host: localhost\r\n', ''), 1],
    ['garbage', 'garbage\r\n\r\n', 1],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 1],
    ['a bare line feed in a header', post('one', '/busy', 'x-a: 1\nx-b: 2'), 1],
    ['too many headers', post('one', '/busy', `x-a: ${'a'.repeat(20_000)}`), 1],
  ])('to %s, however they are cut', async (_, text, count) => {
    const [own, node] = [await listen({ withLane: true }), await listen({ withLane: false })];
    const bytes = Buffer.from(text, text.startsWith('\x16') ? 'latin1' : 'utf8');
    const places = bytes.length > 1_000 ? [bytes.length, 30, 70] : [bytes.length, 1, 20, bytes.length - 4];
    for (const cut of places) {
      const [ours, theirs] = [client(own), client(node)];
      for (const { socket } of [ours, theirs]) {
        socket.write(bytes.subarray(0, cut));
        await new Promise((resolve) => setImmediate(resolve));
        socket.write(bytes.subarray(cut));
      }
      await Promise.all([ours.answers(count), theirs.answers(count)]);
      await vi.waitFor(() => expect(withoutDoor(ours.heard())).toBe(withoutDoor(theirs.heard())));
    }
  });
});

it('answers in the order of the requests, each when the one before is answered', async () => {
  const held: (() => void)[] = [];
  answer = (body, response, by) => held.push(() => reply(response, 200, `${by} ${body}`));
  const { socket, heard, answers } = client(await listen({ withLane: true }));
  socket.write(post('one') + post('two') + post('three', '/other'));
  for (let i = 0; i < 3; i += 1) {
    await vi.waitFor(() => expect(held).toHaveLength(1));
    held.splice(0)[0]?.();
  }
  await answers(3);
  expect(told(heard())).toEqual(['200 lane one', '200 lane two', '200 node three']);
});

it('leaves bodies to node that are too large by now', async () => {
  const { socket, heard, answers } = client(await listen({ withLane: true }));
  for (const [count, most] of [100, 2].entries()) {
    maxBodyBytes = most;
    socket.write(post('one'));
    await answers(count + 1);
  }
  expect(told(heard())).toEqual(['200 lane one', '200 node one']);
});

it('streams what is not known at once, and then goes on', async () => {
  answer = (body, response, by) => {
    if (body !== 'slow') {
      reply(response, 200, `${by} ${body}`);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    response.write('data: 1\n\n');
    setImmediate(() => response.end('data: 2\n\n'));
  };
  const { socket, heard, answers } = client(await listen({ withLane: true }));
  socket.write(post('slow') + post('one'));
  await answers(2);
  expect(heard()).toContain('9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n');
  expect(told(heard()).at(-1)).toBe('200 lane one');
});

it('tells an answer that its client has left before it', async () => {
  const seen: string[] = [];
  answer = (_, response) => {
    response.once('close', () => seen.push(`finished: ${response.writableFinished}, gone: ${response.destroyed}`));
  };
  const port = await listen({ withLane: true });
  for (const leave of ['destroy', 'end'] as const) {
    const { socket } = client(port);
    socket.write(post('one'));
    setTimeout(() => socket[leave](), 20);
  }
  await vi.waitFor(() => expect(seen).toEqual(Array(2).fill('finished: false, gone: true')));
});

it('tells it too over a connection that went to node', async () => {
  let held: HttpResponse | undefined;
  answer = (_, response) => (held = response);
  const { socket, answers } = client(await listen({ withLane: true }));
  socket.write(post('one'));
  await vi.waitFor(() => expect(held).toBeDefined());
  reply(held!, 200, 'first');
  await answers(1);
  held = undefined;
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await vi.waitFor(() => expect(held).toBeDefined());
  const closed = new Promise<void>((resolve) => held?.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  expect(held!.writableFinished).toBe(false);
});

it('tells it too where the client has left before its request was looked at', async () => {
  const seen: boolean[] = [];
  answer = (_, response) => response.once('close', () => seen.push(response.destroyed));
  const port = await listen({ withLane: true });
  servers[0]?.on('connection', (far: Socket) => far.on('data', () => lane.closeAll()));
  client(port).socket.write(post('one'));
  await vi.waitFor(() => expect(seen).toEqual([true]));
});

it('answers all that came in a turn of the event loop after another', async () => {
  const order: string[] = [];
  answer = (body, response, by) => {
    order.push(body);
    reply(response, 200, `${by} ${body}`);
  };
  const port = await listen({ withLane: true });
  const far: Socket[] = [];
  servers[0]?.on('connection', (socket: Socket) => far.push(socket.on('data', () => order.push('read'))));
  const both = [client(port), client(port)];
  await vi.waitFor(() => expect(far).toHaveLength(2));
  for (const { socket } of both) socket.write(post('one'));
  // both arrive while this process is busy
  for (const until = performance.now() + 50; performance.now() < until;);
  await Promise.all(both.map(({ answers }) => answers(1)));
  expect(order).toEqual(['read', 'read', 'one', 'one']);
});

it('closes with the answer that says so', async () => {
  answer = (body, response) => {
    response.setHeader('connection', 'close');
    reply(response, 200, body);
  };
  const { socket, heard, isClosed } = client(await listen({ withLane: true }));
  socket.write(post('one'));
  await vi.waitFor(() => expect(isClosed()).toBe(true));
  expect(heard()).toContain('connection: close');
  expect(heard()).not.toContain('keep-alive');
});

it('lets nobody write a header line of their own, and takes another answer then', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'x-a': 'a\r\nx-b: b', 'content-length': 2 });
    expect(() => response.end('ok')).toThrow(/Invalid character/);
    expect(response.headersSent).toBe(false);
    reply(response, 500, 'failed');
  };
  const { socket, heard, answers } = client(await listen({ withLane: true }));
  socket.write(post('one'));
  await answers(1);
  expect(told(heard())).toEqual(['500 failed']);
});

describe('time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });

  const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1_000);

  it.each([
    ['nothing', ''],
    ['half a head', 'POST /busy HTT'],
    ['half a body', post('one').slice(0, -1)],
  ])('leaves a client that sends %s to node, which ends it', async (_, text) => {
    const accepted = vi.fn<(far: Socket) => void>();
    const port = await listen({ withLane: true });
    servers[0]?.on('connection', accepted);
    const { socket, heard, isClosed } = client(port);
    socket.write(text);
    await vi.waitFor(() => expect(accepted.mock.calls[0]?.[0].bytesRead).toBe(text.length));
    pass(50);
    await vi.waitFor(() => expect(isClosed()).toBe(true));
    expect(heard()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection over which nothing is asked any more, and no earlier', async () => {
    const { socket, answers, isClosed } = client(await listen({ withLane: true }));
    socket.write(post('one'));
    await answers(1);
    pass(KEEP_ALIVE_MS / 1_000 - 1);
    socket.write(post('two'));
    await answers(2);
    pass(KEEP_ALIVE_MS / 1_000 - 1);
    expect(isClosed()).toBe(false);
    pass(3);
    await vi.waitFor(() => expect(isClosed()).toBe(true));
  });

  it('closes one whose client does not take its answer', async () => {
    const held: HttpResponse[] = [];
    answer = (_, response) => held.push(response);
    const { socket, isClosed } = client(await listen({ withLane: true }));
    socket.write(post('one'));
    await vi.waitFor(() => expect(held).toHaveLength(1));
    const [response] = held as [HttpResponse];
    socket.pause();
    reply(response, 200, 'x'.repeat(32 * 1024 * 1024));
    expect(response.req.socket.writableLength).toBeGreaterThan(0);
    for (let i = 0; i < 180; i += 1) pass(1);
    expect(response.req.socket.destroyed).toBe(true);
    socket.resume();
    await vi.waitFor(() => expect(isClosed()).toBe(true));
  });
});

it('reads no more of a client that does not take what it was answered', async () => {
  const asked: number[] = [];
  answer = (body, response) => {
    asked.push(Number(body));
    reply(response, 200, 'x'.repeat(500_000));
  };
  const { socket } = client(await listen({ withLane: true }));
  const all = Array.from({ length: 100 }, (_, i) => i);
  socket.pause().write(all.map((i) => post(String(i))).join(''));
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
  await new Promise((resolve) => setTimeout(resolve, 300));
  // what the system takes, and one that waits
  expect(asked.length).toBeLessThan(50);
  socket.resume();
  await vi.waitFor(() => expect(asked).toEqual(all), 20_000);
  await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(100 * 500_000), 20_000);
});

it('goes on to wait for requests when an answer was taken at last', async () => {
  const large = 'x'.repeat(20_000_000);
  let isHeld = false;
  answer = (body, response) => {
    reply(response, 200, body === 'large' ? large : body);
    isHeld ||= response.req.socket.writableNeedDrain;
  };
  const { socket, heard, answers } = client(await listen({ withLane: true }));
  socket.pause().write(post('large'));
  await vi.waitFor(() => expect(isHeld).toBe(true));
  socket.resume();
  await answers(1);
  socket.write(post('small'));
  await answers(2);
  await vi.waitFor(() => expect(heard().endsWith('\r\n\r\nsmall')).toBe(true));
});

it('closes what is idle, and lets what is busy end', async () => {
  const port = await listen({ withLane: true });
  const [idle, busy] = [client(port), client(port)];
  idle.socket.write(post('one'));
  await idle.answers(1);
  const held: (() => void)[] = [];
  answer = (body, response, by) => held.push(() => reply(response, 200, `${by} ${body}`));
  busy.socket.write(post('two'));
  await vi.waitFor(() => expect(held).toHaveLength(1));
  lane.closeIdle();
  await vi.waitFor(() => expect(idle.isClosed()).toBe(true));
  held[0]?.();
  await busy.answers(1);
  expect(told(busy.heard())).toEqual(['200 lane two']);
});

it.each<[what: string, post: (response: HttpResponse) => void]>([
  ['plain', (response) => reply(response, 200, 'last')],
  ['streamed', (response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end()],
])('closes a connection with its next answer once it is closing, and says so (%s)', async (_what, give) => {
  const one = client(await listen({ withLane: true }));
  one.socket.write(post('one'));
  await one.answers(1);
  expect(one.heard()).toContain('connection: keep-alive');
  lane.startClosing();
  answer = (_body, response) => give(response);
  one.socket.write(post('two'));
  await vi.waitFor(() => expect(one.isClosed()).toBe(true));
  expect(one.heard().slice(one.heard().lastIndexOf('HTTP/1.1'))).toMatch(
    /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is,
  );
});

it('runs nothing that comes after a stream that ended while it is closing', async () => {
  const one = client(await listen({ withLane: true }));
  const streams: HttpResponse[] = [];
  const asked: string[] = [];
  answer = (body, response) => {
    asked.push(body);
    streams.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };
  one.socket.write(post('stream'));
  await one.answers(1);
  expect(one.heard()).toMatch(/connection: keep-alive/i);
  lane.startClosing();
  streams[0]?.end();
  one.socket.write(post('too late'));
  await vi.waitFor(() => expect(one.isClosed()).toBe(true));
  expect(asked).toEqual(['stream']);
});

it('answers what was asked before a stream ended, and closes with that', async () => {
  const one = client(await listen({ withLane: true }));
  let stream: LaneResponse | undefined;
  answer = (body, response) => {
    if (stream) {
      reply(response, 200, body);
      return;
    }
    stream = response as LaneResponse;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };
  one.socket.write(post('stream'));
  await one.answers(1);
  one.socket.write(post('in time'));
  await vi.waitFor(() => expect(stream?.req.socket.bytesRead).toBe(one.socket.bytesWritten));
  lane.startClosing();
  stream?.end();
  await vi.waitFor(() => expect(one.isClosed()).toBe(true));
  expect(one.heard()).toMatch(/connection: close\r\n\r\nin time$/);
});

it('lets an answer reach its client that is still on its way, and closes then', async () => {
  const large = 'x'.repeat(20_000_000);
  let written = false;
  answer = (_body, response) => {
    reply(response, 200, large);
    written = true;
  };
  const one = client(await listen({ withLane: true }));
  one.socket.pause().write(post('one'));
  await vi.waitFor(() => expect(written).toBe(true));
  lane.closeIdle();
  one.socket.resume();
  await vi.waitFor(() => expect(one.isClosed()).toBe(true), 10_000);
  expect(one.heard().endsWith(`\r\n\r\n${large}`)).toBe(true);
});
