import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Clients } from '../libs/core/src/doors/realtime/clients.js';
import { LiveEvents } from '../libs/core/src/observability/live/live-events.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { connectPlain, connectSocketIo, ways, type Connecting, type TestSocket } from './sockets.js';

const adminHeader = { 'x-mcp-key': ADMIN_KEY };
const MAX_FRAME = 256 * 1024;
const HOPELESS = 4 * 1024 * 1024;

let gateway: TestGateway;
const open: TestSocket[] = [];

async function makeKey(permissions: string[], more: object = {}): Promise<{ id: string; key: string }> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'x', permissions, ...more }, adminHeader);
  return body as { id: string; key: string };
}
const set = (values: object) => gateway.post('/config', values, adminHeader);
const connections = async () => ((await gateway.get('/api/stats')).body as any).connections;
const live = () => gateway.gateway.app.get(LiveEvents);

beforeAll(async () => {
  gateway = await startGateway({
    env: { TRUSTED_PROXIES: '127.0.0.1', JWT_SECRET: 'a secret of the tests that is long enough' },
    services: [GatewayModule, BenchModule],
  });
});
afterAll(() => gateway.close());
afterEach(async () => {
  for (const socket of open.splice(0)) {
    socket.close();
    await socket.closed;
  }
});

/** Publishes until the only client has so much before it, by default so that it counts as slow. */
async function fill(bytes = 512 * 1024): Promise<void> {
  const [client] = gateway.gateway.app.get(Clients).all();
  for (let i = 0; client!.line.pendingBytes <= bytes; i += 1) {
    live().publish('alert', alert(`a${i}`));
    await turn();
  }
}

/** Big enough that a few hundred fill what the two ends of a connection hold. */
const alert = (id: string, message = 'x'.repeat(16 * 1024)) => ({
  id,
  rule: 'memory',
  replica: 'one',
  state: 'raised' as const,
  severity: 'warning' as const,
  message,
  value: 95,
  threshold: 90,
});

describe.each(Object.entries(ways))('%s', (way, connectBy) => {
  const connect = async (how?: Connecting) => {
    const socket = await connectBy(gateway.url, how);
    open.push(socket);
    return socket;
  };

  it('is counted while it lasts', async () => {
    const counted = way === 'a plain WebSocket' ? 'websocket' : 'socketio';
    expect(await connections()).toMatchObject({ socketio: 0, websocket: 0 });
    const socket = await connect();
    expect(await connections()).toMatchObject({ socketio: 0, websocket: 0, [counted]: 1 });
    socket.close();
    await expect.poll(connections).toMatchObject({ socketio: 0, websocket: 0 });
  });

  it('is refused where there are as many as there may be', async () => {
    await set({ 'realtime.maxConnections': 1 });
    await connect();
    await expect(connectBy(gateway.url)).rejects.toThrow();
    await set({ 'realtime.maxConnections': null });
    await connect();
  });

  it('that sends too much in a second is told so, and cut when it goes on', async () => {
    await set({ 'realtime.maxMessagesPerSecond': 10 });
    const socket = await connect();
    const answers = Array.from({ length: 20 }, () => socket.ask('unsubscribe', { room: 'logs' }));
    const acknowledged = await Promise.all(answers);
    const limited = acknowledged.filter((ack) => !ack.ok && ack.error.kind === 'limited');
    expect(limited.length).toBeGreaterThanOrEqual(5);
    expect(limited[0]).toMatchObject({
      error: {
        code: -32012,
        message: expect.stringContaining('10 messages'),
        details: { limit: 'messagesPerSecond', retryAfterMs: expect.any(Number) },
      },
    });
    for (let i = 0; i < 60; i += 1) socket.ask('unsubscribe', { room: 'logs' }).catch(() => undefined);
    await socket.closed;
    expect(socket.seen('error').at(-1)).toMatchObject({ kind: 'limited' });
    await set({ 'realtime.maxMessagesPerSecond': null });
  });

  it('ends at a frame that is too large', async () => {
    const socket = await connect();
    const large = { toolName: 'gateway_echo', arguments: { message: 'x'.repeat(MAX_FRAME) } };
    socket.ask('execute_tool', large).catch(() => undefined);
    await socket.closed;
    expect((await gateway.get('/health')).status).toBe(200);
  });

  it('takes a frame that is just small enough', async () => {
    const socket = await connect();
    const message = 'x'.repeat(MAX_FRAME - 300);
    const answer = await socket.ask('execute_tool', { toolName: 'gateway_echo', arguments: { message } });
    expect(answer).toMatchObject({ ok: true });
  });

  it('is nested no deeper than a request may be', async () => {
    const socket = await connect();
    let deep: unknown = 1;
    for (let i = 0; i < 70; i += 1) deep = { deep };
    const call = socket.ask('execute_tool', { toolName: 'gateway_echo', arguments: { message: deep } });
    if (way === 'a plain WebSocket') {
      call.catch(() => undefined); // the frame is no message that could be acknowledged
      expect(await socket.next('error')).toMatchObject({ kind: 'too-large' });
    } else expect(await call).toMatchObject({ ok: false, error: { kind: 'too-large' } });
  });

  describe('its caller', () => {
    it('loses it within a second when its key is revoked, and the calls that run', async () => {
      const { id, key } = await makeKey(['read']);
      const socket = await connect({ auth: { apiKey: key } });
      const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
      const before = seen.aborted.length;
      socket.ask('execute_tool', { toolName: 'bench_wait' }).catch(() => undefined);
      await running;
      await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: adminHeader });
      const revokedAt = performance.now();
      await socket.closed;
      expect(performance.now() - revokedAt).toBeLessThan(1_500); // 500 ms and a loaded machine
      expect(socket.seen('error')).toMatchObject([{ kind: 'unauthenticated', code: -32010 }]);
      await expect.poll(() => seen.aborted.length).toBe(before + 1);
    });

    it('loses it when its key expires, and when its token does', async () => {
      const soon = Date.now() + 1_500;
      const { key } = await makeKey(['read'], { expiresAt: new Date(soon).toISOString() });
      const minted = await gateway.post(
        '/admin/tokens',
        { subject: 'someone', permissions: ['read'], expiresIn: 1 },
        adminHeader,
      );
      const { token } = minted.body as { token: string };
      const [byKey, byToken] = [await connect({ auth: { apiKey: key } }), await connect({ auth: { token } })];
      await byKey.closed;
      expect(Date.now()).toBeGreaterThanOrEqual(soon);
      await byToken.closed; // after the five seconds of leeway that clocks are given
    });

    it('loses what it may not follow any more', async () => {
      const { id, key } = await makeKey(['read', 'monitor']);
      const socket = await connect({ auth: { apiKey: key } });
      await socket.ask('subscribe', { room: 'alerts' });
      const change = JSON.stringify({ permissions: ['read'] });
      const headers = { ...adminHeader, 'content-type': 'application/json' };
      await gateway.send({ method: 'PATCH', path: `/admin/api-keys/${id}`, headers, body: change });
      expect(await socket.ask('subscribe_metrics')).toMatchObject({ ok: false, error: { kind: 'forbidden' } });
      live().publish('alert', alert('secret', 'not for you'));
      await socket.ask('unsubscribe', { room: 'logs' });
      expect(socket.seen('alert')).toEqual([]);
    });

    it('loses it when its address is blocked', async () => {
      const socket = await connect({ headers: { ...adminHeader, 'x-forwarded-for': '192.0.2.1' } });
      await set({ 'security.ipBlacklist': '192.0.2.1' });
      await socket.closed;
      await expect.poll(connections).toMatchObject({ socketio: 0, websocket: 0 });
      await set({ 'security.ipBlacklist': null });
      // a request that polls is refused from then on, and may be what ends it
      if (way !== 'Socket.IO over polling') expect(socket.seen('error')).toMatchObject([{ kind: 'forbidden' }]);
    });
  });

  it('is told when the gateway stops, and closed', async () => {
    const other = await startGateway({ services: [GatewayModule] });
    const socket = await connectBy(other.url);
    await socket.next('welcome');
    // as at a signal: a client that polls has its next poll under way by the time it is told
    const stopped = other.gateway.stop();
    await socket.closed;
    expect(socket.seen('error')).toMatchObject([
      { kind: 'unavailable', code: -32016, message: expect.stringContaining('stopping'), details: { retryable: true } },
    ]);
    await stopped;
    await other.close();
  });
});

describe('a client that nobody knows', () => {
  let strict: TestGateway;
  beforeAll(async () => {
    strict = await startGateway({ env: { TRUSTED_NETWORKS: 'none' }, services: [GatewayModule] });
  });
  afterAll(() => strict.close());

  it.each(Object.entries(ways))('is answered nothing but auth: %s', async (_way, connectBy) => {
    const socket = await connectBy(strict.url);
    expect(await socket.next('welcome')).toMatchObject({ caller: null, permissions: [], rooms: [] });
    for (const name of ['subscribe_metrics', 'execute_tool', 'cancel', 'manage_api_key', 'subscribe', 'unsubscribe']) {
      expect(await socket.ask(name)).toMatchObject({ ok: false, error: { kind: 'unauthenticated', code: -32010 } });
    }
    expect(await socket.ask('auth', { apiKey: ADMIN_KEY })).toMatchObject({ ok: true, permissions: ['*'] });
    expect(await socket.ask('subscribe', { room: 'logs' })).toMatchObject({ ok: true });
    socket.close();
  });

  it('is closed after ten seconds', async () => {
    const startedAt = performance.now();
    const sockets = await Promise.all(Object.values(ways).map((connectBy) => connectBy(strict.url)));
    const known = await connectPlain(strict.url, { auth: { apiKey: ADMIN_KEY } });
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(performance.now() - startedAt).toBeGreaterThan(9_900);
    expect(sockets.map((socket) => socket.seen('error')[0].kind)).toEqual(Array(3).fill('unauthenticated'));
    expect(await known.ask('unsubscribe', { room: 'logs' })).toMatchObject({ ok: true });
    known.close();
  });
});

describe('a slow reader', () => {
  /** A client whose side of the connection takes nothing any more. */
  const slow: Record<string, () => Promise<{ client: TestSocket; stall(): void; goOn(): void }>> = {
    'of a plain WebSocket': async () => {
      const client = await connectPlain(gateway.url, { headers: adminHeader });
      const { _socket: tcp } = client.socket as unknown as { _socket: { pause(): void; resume(): void } };
      return { client, stall: () => tcp.pause(), goOn: () => tcp.resume() };
    },
    'of Socket.IO': async () => {
      const client = await connectSocketIo(gateway.url, 'websocket', { headers: adminHeader });
      const transport = client.socket.io.engine.transport as unknown as {
        ws: { _socket: { pause(): void; resume(): void } };
      };
      const { _socket: tcp } = transport.ws;
      return { client, stall: () => tcp.pause(), goOn: () => tcp.resume() };
    },
  };

  it.each(Object.entries(slow))('%s loses metrics, but no alert', async (_name, start) => {
    const { client, stall, goOn } = await start();
    await client.ask('subscribe', { room: 'alerts' });
    await client.ask('subscribe_metrics');
    stall();
    await fill();
    live().publish('alert', alert('last'));
    const before = Date.now();
    await sleep(2_500); // two or three metrics that can't be taken
    const after = Date.now();
    goOn();
    await client.next('alert', ({ id }) => id === 'last');
    const ids = client.seen('alert').map(({ id }) => id as string);
    expect(ids).toEqual(ids.map((_id, i) => `a${i}`));
    const times = client.seen('metrics-update').map(({ time }) => Date.parse(time as string));
    expect(times.filter((time) => time > before && time < after)).toEqual([]);
    await client.next('metrics-update');
    client.close();
  });

  it.each(Object.entries(slow))('%s is cut when it is hopeless', async (_name, start) => {
    const { client, stall, goOn } = await start();
    await client.ask('subscribe', { room: 'alerts' });
    stall();
    for (let i = 0; i < 3_000; i += 1) live().publish('alert', alert(`a${i}`));
    await expect.poll(connections).toMatchObject({ socketio: 0, websocket: 0 });
    goOn();
    await client.closed;
  });

  it.each(Object.entries(slow))('%s is cut when it goes on asking, too', async (_name, start) => {
    const { client, stall, goOn } = await start();
    await client.ask('subscribe', { room: 'alerts' });
    stall();
    await fill(HOPELESS);
    expect(await connections()).not.toMatchObject({ socketio: 0, websocket: 0 });
    client.ask('unsubscribe', { room: 'logs' }).catch(() => undefined);
    await expect.poll(connections).toMatchObject({ socketio: 0, websocket: 0 });
    goOn();
    await client.closed;
  });
});
