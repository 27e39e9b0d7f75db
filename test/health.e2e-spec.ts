import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayVersion } from '../libs/core/src/config/gateway-version.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const number = expect.any(Number) as number;

let gateway: TestGateway;
let version: string;
let keys: Record<'reader' | 'monitor', Record<string, string>>;

beforeAll(async () => {
  gateway = await startGateway();
  version = gateway.gateway.app.get(GatewayVersion).number;
  const make = async (permissions: string[]) => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'x', permissions }, admin);
    return { 'x-mcp-key': (body as { key: string }).key };
  };
  keys = { reader: await make(['read', 'write', 'execute', 'approve']), monitor: await make(['monitor']) };
});
afterAll(() => gateway.close());

const basics = () => ({
  status: 'healthy',
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as string,
  version,
  uptime: number,
});
const details = () => ({
  memory: { rssBytes: number, heapUsedBytes: number },
  cpu: { seconds: number },
  requests: { total: number, perSecond: number, errors: number, denied: number, errorRate: number },
  latencyMs: { p50: number, p95: number, p99: number },
  tools: { total: number, byService: expect.objectContaining({ gateway: 11 }) as object },
  connections: { mcp: 0, socketio: 0, websocket: 0 },
  callsInFlight: 0,
  security: { authFailures: number, blockedAddresses: 0, rateLimited: 0, deniedCalls: number, activeKeys: 3 },
});
const silent = { status: 'ok', info: {}, error: {}, details: {} };
const states = {
  lifecycle: { status: 'up', state: 'serving' },
  store: { status: 'up', state: 'ready' },
  audit: { status: 'up', state: 'recording', spoolUsage: expect.any(Number), lagSeconds: expect.any(Number) },
  gateway: { status: 'up', state: 'ready' },
};
const telling = () => {
  const up = expect.objectContaining(states) as object;
  return { status: 'ok', info: up, error: {}, details: up };
};

describe('to whom the details are told', () => {
  it.each<[name: string, headers: () => Record<string, string>, told: boolean]>([
    ['a caller by address, who may monitor', () => ({}), true],
    ['a key that may monitor', () => keys.monitor, true],
    ['the admin key', () => admin, true],
    ['a key that may not', () => keys.reader, false],
    ['nobody known', () => ({ 'x-forwarded-for': '8.8.8.8' }), false],
    ['a foreign Host', () => ({ host: 'evil.example' }), false],
    ['a foreign Host with the admin key', () => ({ ...admin, host: 'evil.example' }), false],
    ['a page of that Host', () => ({ host: 'evil.example', origin: 'http://evil.example' }), false],
  ])('%s: %#', async (_name, headers, told) => {
    const health = await gateway.get('/health', headers());
    expect([health.status, health.body]).toEqual([200, { ...basics(), ...(told && details()) }]);
    const ready = await gateway.get('/ready', headers());
    expect([ready.status, ready.body]).toEqual([200, told ? telling() : silent]);
  });

  it.each(['/health', '/ready'])('a bad credential is refused at %s', async (path) => {
    for (const host of ['localhost', 'evil.example']) {
      const { status, headers, body } = await gateway.get(path, { host, 'x-mcp-key': 'nonsense' });
      expect([status, headers['www-authenticate'], (body as any).error.kind]).toEqual([
        401,
        'Bearer realm="mcp-gateway"',
        'unauthenticated',
      ]);
    }
  });

  it('failed credentials and denied calls are counted', async () => {
    const counted = async () => ((await gateway.get('/health')).body as any).security;
    const before = await counted();
    await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
    await gateway.get('/api/tools', { 'x-mcp-key': '' });
    await gateway.post('/mcp/rpc', {}, { 'x-mcp-key': 'nonsense' });
    await gateway.post('/api/services/gateway/echo', {}, { 'x-mcp-key': 'nonsense' });
    expect((await counted()).authFailures - before.authFailures).toBe(4);
  });
});

describe('503', () => {
  it('while the gateway stops, and until then calls are answered', async () => {
    const stopping = await startGateway();
    const stopped = stopping.gateway.stop();
    const { status, headers, body } = await stopping.get('/ready');
    const health = await stopping.get('/health');
    const call = await stopping.rpc('ping');
    await stopped;
    await stopping.close();
    const down = { lifecycle: { status: 'down', state: 'stopping' } };
    expect([status, headers.connection, body]).toEqual([
      503,
      'close',
      {
        status: 'error',
        info: expect.objectContaining({ store: states.store }),
        error: down,
        details: expect.objectContaining(down),
      },
    ]);
    expect([health.status, call.result]).toEqual([200, {}]);
  });

  it('while the store has not come up, and what does not need it works', async () => {
    const port = await unusedPort();
    const alone = await startGateway({
      env: { DATABASE_URL: `postgres://nobody:secret-password@127.0.0.1:${port}/x` },
    });
    try {
      const { status, body, text } = await alone.get('/ready');
      const down = { store: { status: 'down', state: 'down', reason: expect.any(String) } };
      expect([status, body]).toEqual([
        503,
        {
          status: 'error',
          info: expect.objectContaining({ lifecycle: states.lifecycle }),
          error: down,
          details: expect.objectContaining(down),
        },
      ]);
      expect(text).not.toMatch(/secret-password|nobody|postgres:\/\//);
      expect((await alone.get('/ready', { host: 'evil.example' })).body).toEqual({ ...silent, status: 'error' });

      expect((await alone.get('/health', admin)).body).toEqual({
        ...basics(),
        ...details(),
        security: expect.any(Object),
      });
      expect(
        (await alone.rpc('mcp.execute', { service: 'gateway', operation: 'echo', message: 'x' })).result,
      ).toMatchObject({ data: { message: 'x' } });
      // a key of the store can be neither taken nor refused
      const unchecked = await alone.get('/api/tools', { 'x-mcp-key': 'a-key-of-the-store' });
      expect([unchecked.status, (unchecked.body as any).error.kind, unchecked.headers['retry-after']]).toEqual([
        502,
        'unavailable',
        '1',
      ]);
      const probed = await alone.get('/health', { 'x-mcp-key': 'a-key-of-the-store' });
      expect([probed.status, probed.body]).toEqual([200, basics()]);
      expect((await alone.get('/ready', { 'x-mcp-key': 'a-key-of-the-store' })).status).toBe(503);
      const created = await alone.post('/admin/api-keys', { name: 'x', permissions: ['read'] }, admin);
      expect([created.status, (created.body as any).error.kind]).toEqual([502, 'unavailable']);
    } finally {
      await alone.close();
    }
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
