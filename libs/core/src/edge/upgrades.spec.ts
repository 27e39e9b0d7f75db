import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { ConnectionLimits } from './connection-limits.js';
import { Lane } from './lane/lane.js';
import { ignoreUpgrade } from './upgrades.js';

const POST = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\n{}';

it('upgrades that are ignored leave nothing at their connection', async () => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('answered'));
  });
  const limits = new ConnectionLimits(server);
  new Lane(server, { maxBodyBytes: () => 100, takes: () => false, answer: () => undefined });
  server.on('upgrade', (request, socket, head) => {
    limits.letGo(request.socket);
    ignoreUpgrade(server, request, socket, head);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  const [far] = await accepted;
  const counts: Record<string, number>[] = [];
  for (let i = 0; i < 12; i += 1) {
    near.write(POST);
    for (let text = ''; !text.includes('answered');) text += String(await once(near, 'data'));
    counts.push(Object.fromEntries(far.eventNames().map((name) => [String(name), far.listenerCount(name)])));
  }
  expect(counts.at(-1)).toEqual(counts[1]);
  near.destroy();
  await new Promise((resolve) => server.close(resolve));
});
