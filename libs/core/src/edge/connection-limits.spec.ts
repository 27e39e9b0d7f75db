import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionLimits } from './connection-limits.js';

const SECOND_MS = 1_000;
/** What takes 50 ms on an idle machine takes seconds on one that is busy enough. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5;
/** More than the buffers of the system hold. */
const ANSWER_BYTES = 8 * 1024 * 1024;
const GET = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n';

let server: Server;
let limits: ConnectionLimits;
let answer: RequestListener;
const clients: Socket[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  answer = (request, response) => {
    request.resume().once('end', () => response.end('answered'));
  };
  // node's own check is never made
  server = createServer({ connectionsCheckingInterval: 2 ** 31 - 1 }, (request, response) => answer(request, response));
  Object.assign(server, { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 0 });
  limits = new ConnectionLimits(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  vi.useRealTimers();
});

/** A client that notes what it hears, and the gateway's end of its connection. */
async function open() {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  clients.push(near);
  let heard = '';
  near.on('data', (text: string) => (heard = (heard + text).slice(-500))).on('error', () => undefined);
  const [far] = await accepted;
  return {
    near,
    far,
    heard: (text: string) => until(() => heard.includes(text)),
    /** Resolves when the other end has read it all. */
    send: async (text: string) => {
      const before = far.bytesRead;
      near.write(text);
      await until(() => far.bytesRead === before + text.length);
    },
  };
}

/** `vi.waitFor` would move the clock of `pass` at each look, and so the further the busier the machine is. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds() && Date.now() < deadline) await sleep(LOOK_EVERY_MS);
  expect(holds(), String(holds)).toBe(true);
}

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * SECOND_MS);
}

it('closes what says nothing after 15 s', async () => {
  const { far, heard } = await open();
  pass(14);
  expect(far.destroyed).toBe(false);
  pass(2);
  expect(far.destroyed).toBe(true);
  await heard('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
});

it('closes what sends headers a byte at a time, on a connection that was used before too', async () => {
  const { far, heard, send } = await open();
  await send(GET);
  await heard('answered');
  pass(60);
  expect(far.destroyed).toBe(false);
  await send('GET / HTTP/1.1\r\nx-slow: ');
  for (let second = 0; second < 15; second += 1) {
    pass(1);
    await send('x');
  }
  expect(far.destroyed).toBe(false);
  pass(2);
  expect(far.destroyed).toBe(true);
  await heard('408 Request Timeout');
});

it('closes what has not sent its whole request after 30 s, those of its headers included', async () => {
  const { far, heard, send } = await open();
  await send(POST.slice(0, 20));
  pass(10);
  await send(POST.slice(20));
  await send('x');
  pass(19);
  expect(far.destroyed).toBe(false);
  pass(2);
  expect(far.destroyed).toBe(true);
  await heard('408 Request Timeout');
});

it('holds no request against the one after it', async () => {
  const { far, send } = await open();
  await send(POST);
  for (let second = 0; second < 40; second += 1) {
    pass(1); // always in the middle of one
    await send(`${'x'.repeat(10)}${POST}`);
  }
  expect(far.destroyed).toBe(false);
});

it('leaves a client alone for as long as it waits for its answer', async () => {
  let finish: () => void = () => undefined;
  answer = (_request, response) => {
    finish = () => response.end('answered late');
  };
  const { far, heard, send } = await open();
  await send(GET);
  pass(600);
  expect(far.destroyed).toBe(false);
  finish();
  await heard('answered late');
});

it('closes what takes nothing of its answer for 20 s, and a second more for each 256 KB that wait', async () => {
  const { near, far, send } = await open();
  answer = (_request, response) => {
    response.write(Buffer.alloc(ANSWER_BYTES));
  };
  near.pause();
  await send(GET);
  await until(() => far.writableLength > 0);
  const patienceSeconds = 20 + Math.floor(far.writableLength / 256_000);
  pass(patienceSeconds - 1);
  expect(far.destroyed).toBe(false);
  pass(3);
  expect(far.destroyed).toBe(true);
});

it('goes on with a client that takes its answer at last', async () => {
  const { near, far, heard, send } = await open();
  answer = (_request, response) => {
    response.write(Buffer.alloc(ANSWER_BYTES));
    response.end('the end');
  };
  near.pause();
  await send(GET);
  await until(() => far.writableLength > 0);
  pass(19);
  near.resume();
  await heard('the end');
  await until(() => far.writableLength === 0);
  pass(30);
  expect(far.destroyed).toBe(false);
});

it('lets go of a connection that speaks another protocol', async () => {
  const { far } = await open();
  limits.letGo(far);
  pass(600);
  expect(far.destroyed).toBe(false);
});
