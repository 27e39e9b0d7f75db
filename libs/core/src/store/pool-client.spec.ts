import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { connectionProblem, isUnanswered } from './connection-errors.js';
import { makeDataSource } from './data-source.js';

it('a connection that is cut before it was open has lost no answer', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = makeDataSource(`postgres://someone@127.0.0.1:${port}/some`, { migrations: [], connections: 1 });
  const error: unknown = await source.initialize().catch((error: unknown) => error);
  expect([connectionProblem(error), isUnanswered(error)]).toEqual(['the connection was cut', false]);
  server.close();
});
