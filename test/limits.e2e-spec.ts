import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const body = { message: 'hi' };

let gateway: TestGateway;
afterEach(() => gateway.close());

async function start(env: Record<string, string>): Promise<void> {
  gateway = await startGateway({ env, services: [GatewayModule, BenchModule] });
}

const rest = (headers = {}) => gateway.post('/api/services/gateway/echo', body, headers);
const slash = (headers = {}) => gateway.post('/mcp/execute', { command: '/mcp-gateway echo hi' }, headers);
const rpcBody = (id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'gateway_echo', arguments: body },
});
const rpc = (headers = {}) => gateway.post('/mcp/rpc', rpcBody(), headers);
const doors = { rpc, rest, slash };

async function makeKey(permissions: string[]): Promise<{ 'x-mcp-key': string }> {
  const { body: made } = await gateway.post('/admin/api-keys', { name: 'agent', permissions }, admin);
  return { 'x-mcp-key': (made as { key: string }).key };
}

/** A list of strings with whole numbers as parameters (RFC 9651), as both headers are. */
function listOf(header: string | string[] | undefined): Record<string, Record<string, number>> {
  const items = String(header).split(', ');
  return Object.fromEntries(
    items.map((item) => {
      expect(item).toMatch(/^"[a-z]+"(;[a-z]+=\d+)+$/);
      const [name, ...parameters] = item.split(';');
      return [
        JSON.parse(name!),
        Object.fromEntries(parameters.map((each) => [each.split('=')[0], Number(each.split('=')[1])])),
      ];
    }),
  );
}
const policyOf = ({ headers }: { headers: IncomingHttpHeaders }) => listOf(headers['ratelimit-policy']);
const leftOf = ({ headers }: { headers: IncomingHttpHeaders }) => listOf(headers.ratelimit);
const errorOf = (answer: Answer) => (answer.body as { error: any }).error;
const securityOf = async () => ((await gateway.get('/health')).body as any).security;

describe('calls of one caller', () => {
  it.each(['on', 'off'])('have one budget over all doors together, exactly (HOT_PATH=%s)', async (hotPath) => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '100', MCP_MAX_REQUESTS_PER_HOUR: '1000', HOT_PATH: hotPath });
    const calls = Array.from({ length: 120 }, (_, i) => Object.values(doors)[i % 3]!);
    const statuses: number[] = [];
    for (const call of calls) statuses.push((await call()).status);
    expect(statuses).toEqual([...Array(100).fill(200), ...Array(20).fill(429)]);
    expect(await securityOf()).toMatchObject({ rateLimited: 20, blockedAddresses: 0 });
    // another caller has a budget of its own
    expect((await rpc(admin)).status).toBe(200);
  });

  it.each(['on', 'off'])(
    'are told what is left with every answer, and when to come again (HOT_PATH=%s)',
    async (hotPath) => {
      await start({ MCP_MAX_REQUESTS_PER_MINUTE: '4', MCP_MAX_REQUESTS_PER_HOUR: '1000', HOT_PATH: hotPath });
      const failing = () => gateway.post('/api/services/gateway/echo', { message: 7 });
      let used = 0;
      for (const call of [rpc, rest, slash, failing]) {
        used += 1;
        const answer = await call();
        expect(policyOf(answer)).toEqual({ minute: { q: 4, w: 60 }, hour: { q: 1000, w: 3600 } });
        expect(leftOf(answer)).toEqual({
          minute: { r: 4 - used, t: expect.toSatisfy((t: number) => t > 50 && t <= 60) },
          hour: { r: 1000 - used, t: expect.toSatisfy((t: number) => t > 3590 && t <= 3600) },
        });
        expect(answer.headers['retry-after']).toBeUndefined();
      }
      for (const call of Object.values(doors)) {
        const answer = await call();
        expect(answer.status).toBe(429);
        expect(policyOf(answer)).toEqual({ minute: { q: 4, w: 60 }, hour: { q: 1000, w: 3600 } });
        const { minute } = leftOf(answer);
        expect(minute!.r).toBe(0);
        expect(Object.keys(leftOf(answer))).toEqual(['minute', 'hour']);
        const { code, message, data, details } = errorOf(answer);
        const told = data ?? details;
        expect([code, told.limit, told.allowed]).toEqual([-32012, 'perMinute', 4]);
        expect(message).toMatch(
          /^local has made the 4 calls that it may in a minute\. Try again in \d+ s, or ask an admin/,
        );
        expect(told.retryAfterMs).toBeGreaterThan(50_000);
        expect(answer.headers['retry-after']).toBe(String(Math.ceil(told.retryAfterMs / 1000)));
        expect(answer.headers['retry-after']).toBe(String(minute!.t));
      }
    },
  );

  it('are let through again after exactly the time that was told', async () => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '5', RATE_LIMIT_WINDOW_MS: '3000' });
    for (let i = 0; i < 5; i += 1) expect((await rest()).status).toBe(200);
    const refused = await rest();
    expect([refused.status, policyOf(refused)]).toEqual([429, { minute: { q: 5, w: 3 } }]);
    await sleep(Number(errorOf(refused).details.retryAfterMs));
    expect((await rest()).status).toBe(200);
  });

  it('do not double at the edge of a window', async () => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '20', RATE_LIMIT_WINDOW_MS: '2000' });
    const passed: { sentAt: number; answeredAt: number }[] = [];
    const ask = async () => {
      const sentAt = performance.now();
      if ((await rest()).status === 200) passed.push({ sentAt, answeredAt: performance.now() });
    };
    await ask();
    await sleep(1_700);
    const until = performance.now() + 3_500;
    while (performance.now() < until) await ask();
    // those that were counted less than a window after the first of them, wherever in between that was; windows are
    // kept in whole milliseconds, so the last one of a window is not looked at
    const within = passed.map(({ sentAt }) =>
      passed.filter((other) => other.sentAt >= sentAt && other.answeredAt < sentAt + 1_999),
    );
    expect(Math.max(...within.map(({ length }) => length))).toBeLessThanOrEqual(20);
    expect(passed.length).toBeGreaterThan(30);
  });

  it('count one by one in a batch, whose answer is 200', async () => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '5' });
    const answer = await gateway.post(
      '/mcp/rpc',
      Array.from({ length: 8 }, (_, i) => rpcBody(i)),
    );
    expect(answer.status).toBe(200);
    expect((answer.body as any[]).map(({ error }) => error?.code)).toEqual([...Array(5), -32012, -32012, -32012]);
    expect((answer.body as any[])[7].error.data.retryAfterMs).toBeGreaterThan(50_000);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(leftOf(answer)).toMatchObject({ minute: { r: 0 } });
  });

  it('are what counts, and not pages, lists, help, or what is unknown or forbidden', async () => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '2' });
    const reader = await makeKey(['read']);
    for (let i = 0; i < 4; i += 1) {
      expect((await gateway.get('/mcp/catalog', reader)).status).toBe(200);
      expect((await gateway.get('/api/tools', reader)).status).toBe(200);
      expect((await gateway.get('/health', reader)).status).toBe(200);
      expect((await gateway.post('/mcp/execute', { command: '/help' }, reader)).status).toBe(200);
      for (const method of ['tools/list', 'mcp.listServices', 'ping', 'rpc.discover'])
        expect(await gateway.rpc(method, {}, reader)).toHaveProperty('result');
      expect((await gateway.post('/api/services/gateway/nothing', {}, reader)).status).toBe(404);
      expect((await gateway.post('/api/services/bench/erase', { name: 'abc' }, reader)).status).toBe(403);
    }
    expect([(await rpc(reader)).status, (await rest(reader)).status, (await slash(reader)).status]).toEqual([
      200, 200, 429,
    ]);
  });

  it('are not limited by what is 0, and no header speaks of it', async () => {
    await start({ MCP_MAX_REQUESTS_PER_MINUTE: '0', MCP_MAX_REQUESTS_PER_HOUR: '0' });
    for (let i = 0; i < 130; i += 1) expect((await rpc()).status).toBe(200);
    for (const call of Object.values(doors)) {
      const { headers } = await call();
      expect([headers.ratelimit, headers['ratelimit-policy']]).toEqual([undefined, undefined]);
    }
  });

  it('are limited by the hour too', async () => {
    await start({ MCP_MAX_REQUESTS_PER_HOUR: '3' });
    for (let i = 0; i < 3; i += 1) expect((await rest()).status).toBe(200);
    const refused = await rest();
    expect([refused.status, errorOf(refused).details.limit]).toEqual([429, 'perHour']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_500);
  });

  it('are limited by the tokens of their answers', async () => {
    await start({ MCP_MAX_TOKENS_PER_DAY: '100' });
    expect((await gateway.post('/api/services/gateway/echo', { message: 'x'.repeat(500) })).status).toBe(200);
    const refused = await rest();
    expect([refused.status, errorOf(refused).details]).toEqual([
      429,
      {
        limit: 'tokensPerDay',
        scope: 'caller',
        of: 'local',
        allowed: 100,
        used: expect.toSatisfy((used: number) => used > 100 && used < 200),
        retryAfterMs: expect.toSatisfy((ms: number) => ms > 86_390_000 && ms <= 86_400_000),
      },
    ]);
    expect(String(refused.headers.ratelimit)).toMatch(/^"tokens";r=0;t=86\d\d\d$/);
  });

  it('can ask what is left', async () => {
    await start({
      RATE_LIMIT_MAX_REQUESTS: '50',
      MCP_MAX_REQUESTS_PER_MINUTE: '',
      MCP_MAX_REQUESTS_PER_HOUR: '0',
      MCP_MAX_CONCURRENT_CALLS: '7',
    });
    await rest();
    const { body: answer } = await gateway.post('/api/services/gateway/whoami', {});
    expect((answer as any).data.limits).toEqual([
      {
        name: 'perMinute',
        limit: 50,
        remaining: 48,
        resetMs: expect.toSatisfy((ms: number) => ms > 50_000 && ms <= 60_000),
      },
      { name: 'concurrency', limit: 7, remaining: 6, resetMs: 0 },
    ]);
  });
});

describe('calls at once', () => {
  /** A call that runs until its client leaves. */
  async function occupy(): Promise<() => void> {
    const running = new Promise<void>((resolve) => {
      seen.whenRunning = resolve;
    });
    const leave = begin('/api/services/bench/wait');
    await running;
    seen.whenRunning = undefined;
    return leave;
  }

  function begin(path: string): () => void {
    const request = httpRequest(new URL(path, gateway.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.on('error', () => undefined);
    request.end('{}');
    return () => request.destroy();
  }

  const inFlight = async () => ((await gateway.get('/health')).body as any).callsInFlight;

  it('wait for a place, and are refused after two seconds', async () => {
    await start({ MCP_MAX_CONCURRENT_CALLS: '1', MCP_MAX_REQUESTS_PER_MINUTE: '10' });
    const leave = await occupy();
    const askedAt = performance.now();
    const refused = await rest();
    expect(performance.now() - askedAt).toBeGreaterThan(1_900);
    expect([refused.status, errorOf(refused).details]).toEqual([
      429,
      { limit: 'concurrency', scope: 'caller', of: 'local', allowed: 1, used: 1, retryAfterMs: 1_000 },
    ]);
    expect(leftOf(refused)).toMatchObject({ minute: { r: 9 } });
    const waiting = rest();
    await vi.waitFor(async () => expect(await inFlight()).toBe(2), 10_000);
    leave();
    expect((await waiting).status).toBe(200);
  });

  it('lose their place in the line when their client leaves, and leak none', async () => {
    await start({ MCP_MAX_CONCURRENT_CALLS: '1', MCP_MAX_REQUESTS_PER_MINUTE: '10' });
    const leave = await occupy();
    const gone = [begin('/api/services/bench/wait'), begin('/api/services/bench/wait')];
    await vi.waitFor(async () => expect(await inFlight()).toBe(3), 10_000);
    for (const leaveToo of gone) leaveToo();
    await vi.waitFor(async () => expect(await inFlight()).toBe(1), 10_000);
    leave();
    const answer = await rest();
    expect(answer.status).toBe(200);
    expect(leftOf(answer)).toMatchObject({ minute: { r: 8 } });
  });
});

describe('bad credentials from one address', () => {
  const bad = { 'x-mcp-key': 'nobody-knows-this-key-anywhere' };

  it.each(['on', 'off'])('are slowed, while good ones and callers without one go on (HOT_PATH=%s)', async (hotPath) => {
    await start({ MCP_MAX_AUTH_FAILURES_PER_MINUTE: '5', HOT_PATH: hotPath });
    const known = await makeKey(['read']);
    expect((await rpc(known)).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await Object.values(doors)[i % 3]!(bad)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);

    for (const refused of [
      await rpc(bad),
      await rest(bad),
      await gateway.get('/mcp/catalog', bad),
      await gateway.get('/admin/api-keys', bad),
    ]) {
      const { code, data, details } = errorOf(refused);
      expect([refused.status, code]).toEqual([429, -32012]);
      expect(data ?? details).toMatchObject({ limit: 'authFailuresPerMinute', allowed: 5 });
      const seconds = Number(refused.headers['retry-after']);
      expect(seconds > 50 && seconds <= 60).toBe(true);
    }
    const jwt = { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln' };
    expect((await rest(jwt)).status).toBe(429);
    expect((await rest({ ...known, authorization: 'Bearer other' })).status).toBe(429);

    for (const good of [known, admin, {}]) expect((await rest(good)).status).toBe(200);
    // keys that are known stay so when others change
    const fresh = await makeKey(['read']);
    for (const good of [known, admin, {}]) expect((await rpc(good)).status).toBe(200);
    expect((await rest(fresh)).status).toBe(429);
    expect(await securityOf()).toMatchObject({ authFailures: 5, blockedAddresses: 1, rateLimited: 8 });
  });

  it('are counted per client behind a proxy, and per /64 for IPv6', async () => {
    await start({ MCP_MAX_AUTH_FAILURES_PER_MINUTE: '2', TRUSTED_PROXIES: 'loopback' });
    const from = async (address: string) => (await rest({ ...bad, 'x-forwarded-for': address })).status;
    expect([await from('203.0.113.7'), await from('203.0.113.7'), await from('203.0.113.7')]).toEqual([401, 401, 429]);
    expect(await from('203.0.113.8')).toBe(401);
    expect([await from('2001:db8:1:2::1'), await from('2001:db8:1:2:ffff::2'), await from('2001:db8:1:2::3')]).toEqual([
      401, 401, 429,
    ]);
    expect(await from('2001:db8:1:3::1')).toBe(401);
  });

  it('are not slowed with 0', async () => {
    await start({ MCP_MAX_AUTH_FAILURES_PER_MINUTE: '0' });
    for (let i = 0; i < 80; i += 1) expect((await rest(bad)).status).toBe(401);
  });
});

describe('requests from one address', () => {
  it('are limited whatever they ask for, but probes and loopback are not', async () => {
    await start({ MCP_MAX_ADDRESS_REQUESTS_PER_MINUTE: '4', TRUSTED_PROXIES: 'loopback' });
    const from = { 'x-forwarded-for': '203.0.113.7' };
    const statuses: number[] = [];
    for (const path of ['/mcp/catalog', '/nowhere', '/docs', '/api/tools'])
      statuses.push((await gateway.get(path, from)).status);
    expect(statuses).toEqual([401, 404, 401, 401]);
    for (const refused of [
      await gateway.get('/mcp/catalog', { ...from, ...admin }),
      await rpc({ ...from, ...admin }),
      await rest(from),
    ]) {
      const { code, data, details } = errorOf(refused);
      expect([refused.status, code, (data ?? details).limit]).toEqual([429, -32012, 'addressRequestsPerMinute']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    }
    for (const probe of ['/health', '/ready']) expect((await gateway.get(probe, from)).status).toBe(200);
    expect((await gateway.get('/mcp/catalog', { 'x-forwarded-for': '203.0.113.9', ...admin })).status).toBe(200);
    for (let i = 0; i < 10; i += 1) expect((await rest()).status).toBe(200);
    expect(await securityOf()).toMatchObject({ blockedAddresses: 1, rateLimited: 3 });
  });
});

it('each entry of a batch is one request of its address', async () => {
  await start({ MCP_MAX_ADDRESS_REQUESTS_PER_MINUTE: '40', TRUSTED_PROXIES: 'loopback' });
  const from = { 'x-forwarded-for': '203.0.113.8', ...admin };
  const batch = (entries: number) =>
    gateway.post(
      '/mcp/rpc',
      Array.from({ length: entries }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })),
      from,
    );
  expect((await batch(39)).status).toBe(200);
  expect((await gateway.get('/mcp/catalog', from)).status).toBe(200);
  const refused = await batch(2);
  expect([refused.status, errorOf(refused).code]).toEqual([429, -32012]);
});

it('each entry of a batch in an MCP session is one request of its address', async () => {
  await start({ MCP_MAX_ADDRESS_REQUESTS_PER_MINUTE: '10', TRUSTED_PROXIES: 'loopback' });
  const accept = 'application/json, text/event-stream';
  const from = { 'x-forwarded-for': '203.0.113.8', ...admin, accept };
  const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opened = await gateway.post('/mcp', { jsonrpc: '2.0', id: 0, method: 'initialize', params }, from);
  const session = { ...from, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const pings = Array.from({ length: 9 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
  expect((await gateway.post('/mcp', pings, session)).status).toBe(200);
  expect((await gateway.post('/mcp', pings, session)).status).toBe(429);
});

describe('changes to the gateway itself', () => {
  const create = (headers: Record<string, string>, path = '/admin/api-keys') =>
    gateway.post(path, { name: 'agent', permissions: ['read'] }, headers);

  it('have a tighter limit per caller, over all routes that change something', async () => {
    await start({ MCP_MAX_ADMIN_CHANGES_PER_MINUTE: '3' });
    const second = await makeKey(['*']);
    const reader = await makeKey(['read']);
    const { body: made } = await create(admin);
    const refused = [
      await create(admin),
      await create(admin, '/ADMIN/api-keys/'),
      await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${(made as any).id}`, headers: admin }),
    ];
    for (const answer of refused) {
      expect([answer.status, errorOf(answer)]).toEqual([
        429,
        {
          code: -32012,
          kind: 'limited',
          message: expect.stringMatching(
            /^MCP_ADMIN_KEY has made the 3 changes to this gateway that it may in a minute\. Try again in \d+ s/,
          ),
          details: { limit: 'adminChangesPerMinute', allowed: 3, retryAfterMs: expect.any(Number) },
          requestId: answer.headers['x-request-id'],
        },
      ]);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    }
    // who may not change anything is told so, and reading and calling go on
    for (let i = 0; i < 5; i += 1) expect((await create(reader)).status).toBe(403);
    for (let i = 0; i < 5; i += 1) expect((await gateway.get('/admin/api-keys', admin)).status).toBe(200);
    expect((await rest(admin)).status).toBe(200);
    expect((await create(second)).status).toBe(201);
    expect(await securityOf()).toMatchObject({ rateLimited: 3 });
  });

  it('are not limited with 0', async () => {
    await start({ MCP_MAX_ADMIN_CHANGES_PER_MINUTE: '0' });
    for (let i = 0; i < 125; i += 1) expect((await create(admin)).status).toBe(201);
  });
});
