import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Clients } from '../libs/core/src/doors/realtime/clients.js';
import { Conversation } from '../libs/core/src/doors/realtime/conversation.js';
import { SocketAccess } from '../libs/core/src/doors/realtime/socket-access.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { shakeAt } from './handshake.js';
import { connectPlain, connectSocketIo, ways } from './sockets.js';

const POLLING = '/socket.io/?EIO=4&transport=polling';
/** What stands between the packets of a payload. */
const SEPARATOR = '\x1e';
/** What ends a connection at the limit that the gateway has by itself. */
const FLOOD = 500;

const adminHeader = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
const set = (values: object) => gateway.post('/config', values, adminHeader);

beforeAll(async () => {
  gateway = await startGateway({ services: [GatewayModule] });
});
afterAll(() => gateway.close());
afterEach(() => vi.restoreAllMocks());

/** Begins a session, and answers what posts a payload to it and what takes from it. */
async function begin() {
  const opened = await shakeAt(gateway.url, POLLING, {});
  const { sid } = JSON.parse((opened.text as string).slice(1)) as { sid: string };
  const path = `${POLLING}&sid=${sid}`;
  const headers = { 'content-type': 'text/plain;charset=UTF-8' };
  return {
    // the connection may be torn down while it is answered
    post: (packets: string[]) =>
      shakeAt(gateway.url, path, headers, 'POST', packets.join(SEPARATOR)).catch(() => undefined),
    poll: async () => (await shakeAt(gateway.url, path, {})) as { status: number; text: string },
  };
}

describe('a connection of Socket.IO', () => {
  it.each([
    ['in one payload', [['40', '40']]],
    ['in two', [['40'], ['40']]],
    ['after it was refused', [['40{"apiKey":"nonsense"}'], ['40']]],
    ['thousands of times in one payload', [Array<string>(12_000).fill('40')]],
  ])('that asks to be a second client is closed: %s', async (_what, payloads) => {
    const added = vi.spyOn(gateway.gateway.app.get(Clients), 'add');
    const { post, poll } = await begin();
    for (const payload of payloads) await post(payload);
    await expect.poll(async () => (await poll()).status).toBe(400);
    expect(added.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it('is read no further than a flood', async () => {
    const answered = vi.spyOn(gateway.gateway.app.get(Conversation), 'answer');
    const { post, poll } = await begin();
    await post(['40']);
    expect((await poll()).text).toContain('welcome');
    await post(Array<string>(30_000).fill('42["x"]'));
    expect(answered.mock.calls.length).toBeLessThanOrEqual(FLOOD + 1);
    expect((await poll()).text).toContain('"kind":"limited"');
    await expect.poll(async () => (await poll()).status).toBe(400);
  });

  it('is ended by a flood of what is no message', async () => {
    const { post, poll } = await begin();
    await post(['40']);
    await poll();
    await post(Array<string>(FLOOD + 1).fill('3'));
    expect((await poll()).text).toContain('"kind":"limited"');
    await expect.poll(async () => (await poll()).status).toBe(400);
  });

  it('is counted for messages of several payloads too', async () => {
    await set({ 'realtime.maxMessagesPerSecond': 2 });
    const { socket, close } = await connectSocketIo(gateway.url, 'websocket');
    const ask = () => (socket as { emitWithAck(...all: unknown[]): Promise<any> }).emitWithAck('unsubscribe', {}, {});
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ error }) => error.kind as string)).toEqual(['invalid', 'invalid', 'limited']);
    close();
    await set({ 'realtime.maxMessagesPerSecond': null });
  });
});

it('a plain WebSocket is read no further than a flood', async () => {
  const answered = vi.spyOn(gateway.gateway.app.get(Conversation), 'answer');
  const client = await connectPlain(gateway.url);
  for (let i = 0; i < 5_000; i += 1) client.socket.send('{"type":"x"}');
  expect(await client.closed).toBe(4429);
  expect(answered.mock.calls.length).toBeLessThanOrEqual(FLOOD + 1);
  expect(client.seen('error').map(({ kind }) => kind as string)).toEqual(['limited']);
});

it.each(Object.entries(ways))(
  'as many are let in as may be where all wait for the store: %s',
  async (_way, connectBy) => {
    const access = gateway.gateway.app.get(SocketAccess);
    const identify = access.identify.bind(access);
    let goOn: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (goOn = resolve));
    let waiting = 0;
    vi.spyOn(access, 'identify').mockImplementation(async (...given) => {
      waiting += 1;
      if (waiting === 12) goOn();
      await all;
      return identify(...given);
    });
    await set({ 'realtime.maxConnections': 2 });
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => connectBy(gateway.url)));
    const connected = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(connected).toHaveLength(2);
    for (const socket of connected) socket.close();
    await Promise.all(connected.map(({ closed }) => closed));
    await set({ 'realtime.maxConnections': null });
  },
);
