import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventStream } from './event-stream.js';

const MIB = 1024 * 1024;

let server: Server;
let received: IncomingMessage;
let response: ServerResponse;
let stream: EventStream;
beforeEach(async () => {
  const answering = new Promise<ServerResponse>((resolve) => {
    server = createServer((_, answer) => resolve(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new Promise<IncomingMessage>((resolve) => {
    get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false }, resolve);
  });
  response = await answering;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  stream = new EventStream();
  stream.connect(response, {});
  received = await client;
});
afterEach(() => {
  vi.useRealTimers();
  received.destroy();
  server.close();
});

it('cuts off a client that does not read', async () => {
  const closed = new Promise((resolve) => response.once('close', resolve));
  received.pause();
  for (let sent = 0; sent < 64 && !response.destroyed; sent += 1) {
    stream.send('x'.repeat(MIB));
    await new Promise(setImmediate);
  }
  await closed;
  expect(stream.isConnected).toBe(false);
});

it('brings one message of any size to a client that reads', async () => {
  stream.send('x'.repeat(8 * MIB));
  stream.end();
  let bytes = 0;
  for await (const chunk of received) bytes += (chunk as Buffer).length;
  expect(bytes).toBe('event: message\ndata: \n\n'.length + 8 * MIB);
});

it('shows every 15 seconds that it is there', async () => {
  vi.advanceTimersByTime(15_000);
  stream.end();
  let text = '';
  for await (const chunk of received) text += String(chunk);
  expect(text).toBe(': keep-alive\n\n');
});

it('is not connected to a client that has left already', async () => {
  const closed = new Promise((resolve) => response.once('close', resolve));
  received.destroy();
  await closed;
  const late = new EventStream();
  late.connect(response, {});
  expect(late.isConnected).toBe(false);
});
