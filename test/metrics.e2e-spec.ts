import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { services } from '#libs/services';
import { BenchModule } from './fixtures/bench.service.js';
import { createDatabase } from './database.js';
import { useGatewayProcesses } from './process-fixture.js';
import { ADMIN_KEY, sendTo, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const number = expect.any(Number) as number;
const SOON = { timeout: 5_000, interval: 20 };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [BenchModule] });
});
afterAll(() => gateway.close());

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

async function samples(of = gateway): Promise<Sample[]> {
  const { status, text } = await of.get('/metrics/prometheus', admin);
  expect(status).toBe(200);
  return parse(text);
}

/** The value of one series; 0 where there is none yet. */
async function valueOf(name: string, labels: Record<string, string> = {}): Promise<number> {
  const found = (await samples()).find(
    (sample) => sample.name === name && Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  );
  return found?.value ?? 0;
}

const rest = (operation: string, input: object, headers = {}) =>
  gateway.post(`/api/services/bench/${operation}`, input, headers);

it('every name, its type and its labels: a change is reviewed here', async () => {
  const database = await createDatabase();
  const env = {
    POSTGRES_SHOP_URL: database.url,
    POSTGRES_SHOP_ALLOW_SUPERUSER: 'true',
    MCP_MAX_TOKENS_PER_DAY: '1000000',
  };
  const own = await startGateway({ env, services: [...services, BenchModule] });
  try {
    await own.post('/api/services/postgres/query', { database: 'shop', query: 'SELECT 1 AS one' });
    await own.post('/api/services/bench/fail', { how: 'failed', backEnd: 'one' });
    const { text, headers } = await own.get('/metrics/prometheus', admin);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const seen = parse(text);
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
      .map(([, name, type]) => ({ name: name!, type: type! }))
      .filter(({ name }) => /^(mcp|http)_/.test(name))
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, type }) => {
        const labelled = seen.filter((sample) => sample.name === (type === 'histogram' ? `${name}_count` : name));
        return [name, { type, labels: [...new Set(labelled.flatMap(({ labels }) => Object.keys(labels)))].sort() }];
      });
    await expect(`${JSON.stringify(Object.fromEntries(shown), null, 2)}\n`).toMatchFileSnapshot(
      'snapshots/metrics.json',
    );
    for (const name of ['process_cpu_seconds_total', 'nodejs_heap_size_used_bytes', 'nodejs_eventloop_lag_seconds']) {
      expect(seen.map((sample) => sample.name)).toContain(name);
    }
  } finally {
    await own.close();
    await database.drop();
  }
});

describe('a call counts once', () => {
  const rpc = (operation: string, input: object) =>
    gateway.rpc('mcp.execute', { service: 'bench', operation, ...input });
  const command = (line: string) => gateway.post('/mcp/execute', { command: line });
  const none = { 'x-mcp-key': '' };
  let reader: Record<string, string>;
  beforeAll(async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'x', permissions: ['monitor'] }, admin);
    reader = { 'x-mcp-key': (body as { key: string }).key };
  });

  it.each<[what: string, labels: Record<string, string>, call: () => Promise<unknown>]>([
    ['by JSON-RPC', { operation: 'erase', outcome: 'ok', door: 'rpc' }, () => rpc('erase', { name: 'abc' })],
    ['as a tool', { operation: 'erase', outcome: 'ok', door: 'rpc' }, () => gateway.rpc('tools/call', { name: 'bench_erase', arguments: { name: 'abc' } })],
    ['by a command', { operation: 'erase', outcome: 'ok', door: 'commands' }, () => command('/mcp-bench erase abc')],
    ['by REST', { operation: 'erase', outcome: 'ok', door: 'rest' }, () => rest('erase', { name: 'abc' })],
    ['that failed', { operation: 'fail', outcome: 'error', door: 'rest' }, () => rest('fail', { how: 'failed' })],
    ['that broke', { operation: 'fail', outcome: 'error', door: 'rpc' }, () => rpc('fail', { how: 'bug' })],
    ['with bad arguments', { operation: 'erase', outcome: 'error', door: 'rpc' }, () => rpc('erase', {})],
    ['that was denied', { operation: 'erase', outcome: 'denied', door: 'rest' }, () => rest('erase', { name: 'abc' }, reader)],
    ['whose arguments were denied', { operation: 'erase', outcome: 'denied', door: 'rpc' }, () => rpc('erase', { name: 'abc', all: true })],
    ['under its other spelling', { operation: 'erase', outcome: 'ok', door: 'rpc' }, () => gateway.rpc('mcp.execute', { service: 'bench', operation: 'erase', params: { name: 'abc' } })],
  ])('%s', async (_what, labels, call) => {
    const of = { service: 'bench', operation: labels.operation! };
    const counts = async () => ({
      calls: await valueOf('mcp_operation_total', { ...of, ...labels }),
      all: (await samples()).filter(({ name }) => name === 'mcp_operation_total').reduce((sum, { value }) => sum + value, 0),
      durations: await valueOf('mcp_operation_duration_seconds_count', of),
      infinite: await valueOf('mcp_operation_duration_seconds_bucket', { ...of, le: '+Inf' }),
    });
    const before = await counts();
    await call();
    const { calls, all, durations, infinite } = before;
    expect(await counts()).toEqual({ calls: calls + 1, all: all + 1, durations: durations + 1, infinite: infinite + 1 });
  }); // prettier-ignore

  it('and its tokens too', async () => {
    const of = { service: 'bench', operation: 'erase' };
    const before = await valueOf('mcp_token_usage_total', of);
    const { body } = await rest('erase', { name: 'abc' });
    const { tokensUsed } = (body as { metadata: { tokensUsed: number } }).metadata;
    expect(await valueOf('mcp_token_usage_total', of)).toBe(before + tokensUsed);
  });

  it('and buckets only grow with their bound', async () => {
    await rest('wait', { ms: 30 });
    const buckets = (await samples())
      .filter(({ name, labels }) => name === 'mcp_operation_duration_seconds_bucket' && labels.operation === 'wait')
      .map(({ labels, value }) => ({ le: Number(labels.le!.replace('+Inf', 'Infinity')), value }));
    expect(buckets.map(({ le }) => le)).toEqual(buckets.map(({ le }) => le).toSorted((a, b) => a - b));
    expect(buckets.map(({ value }) => value)).toEqual(buckets.map(({ value }) => value).toSorted((a, b) => a - b));
    const quick = buckets.find(({ le }) => le === 0.025)!.value;
    expect(buckets.at(-1)!.value - quick).toBeGreaterThan(0);
  });

  it('and 500 made-up names make no label, nor do their addresses', async () => {
    const before = await valueOf('mcp_operation_total', { service: 'unknown' });
    for (let i = 0; i < 500; i += 1) {
      const name = `made-up-${i}`;
      if (i % 3 === 0) await rpc(name, {});
      else if (i % 3 === 1) await gateway.post(`/api/services/${name}/${name}`, {});
      else await gateway.get(`/${name}/${name}`);
    }
    const all = await samples();
    expect(all.filter(({ labels }) => JSON.stringify(labels).includes('made-up'))).toEqual([]);
    const unknown = all.filter(({ name, labels }) => name === 'mcp_operation_total' && labels.service === 'unknown');
    expect(unknown.map(({ labels }) => labels.operation)).toEqual(unknown.map(() => 'unknown'));
    expect(unknown.reduce((sum, { value }) => sum + value, 0) - before).toBe(334);
    expect(all.length).toBeLessThan(1_500);
  });

  it('and a request counts under its route', async () => {
    const cases: [path: string, labels: Record<string, string>][] = [
      ['/admin/api-keys/nothing', { method: 'GET', route: '/admin/api-keys/:id', status: '404' }],
      ['/nowhere', { method: 'GET', route: 'other', status: '404' }],
      ['/health', { method: 'GET', route: '/health', status: '200' }],
    ];
    for (const [path, labels] of cases) {
      const before = await valueOf('http_request_duration_seconds_count', labels);
      await gateway.get(path, admin);
      await vi.waitFor(
        async () => expect(await valueOf('http_request_duration_seconds_count', labels)).toBe(before + 1),
        SOON,
      );
    }
    const labels = { method: 'POST', route: '/mcp/rpc', status: '200' };
    const before = await valueOf('http_request_duration_seconds_count', labels);
    await gateway.rpc('ping');
    expect(await valueOf('http_request_duration_seconds_count', labels)).toBe(before + 1);
  });

  it('and so does a request that is not recognised', async () => {
    const before = await valueOf('mcp_auth_failures_total');
    await gateway.get('/api/tools', none);
    expect(await valueOf('mcp_auth_failures_total')).toBe(before + 1);
  });
});

describe('states are read when they are asked for', () => {
  it('calls that run', async () => {
    const call = rest('wait', { ms: 300 });
    await vi.waitFor(async () => expect(await valueOf('mcp_inflight')).toBe(1), SOON);
    await call;
    expect(await valueOf('mcp_inflight')).toBe(0);
  });

  it('circuits', async () => {
    const state = () => valueOf('mcp_circuit_state', { back_end: 'two' });
    await rest('fail', { how: 'failed', backEnd: 'two' });
    expect(await state()).toBe(0);
    for (let i = 0; i < 5; i += 1) await rest('fail', { how: 'unavailable', backEnd: 'two' });
    expect(await state()).toBe(2);
  });

  it('of budgets of one kind the one of which most is used, and nobody’s name', async () => {
    const call = async (tokensPerDay: number) => {
      const policy = { name: 'spender', permissions: ['write'], limits: { tokensPerDay, costPerMonth: 5 } };
      const { body } = await gateway.post('/admin/api-keys', policy, admin);
      const answer = await rest('erase', { name: 'abc' }, { 'x-mcp-key': (body as { key: string }).key });
      return (answer.body as { metadata: { tokensUsed: number } }).metadata.tokensUsed / tokensPerDay;
    };
    const parts = [await call(1_000), await call(100), await call(500)];
    const name = 'mcp_budget_used_ratio';
    expect((await samples()).filter((sample) => sample.name === name)).toEqual([
      { name, labels: { scope: 'caller', budget: 'costPerMonth' }, value: 0 },
      { name, labels: { scope: 'caller', budget: 'tokensPerDay' }, value: Math.max(...parts) },
    ]);
    expect(parts[1]).toBeGreaterThan(0);
  });

  it('connection pools', async () => {
    const database = await createDatabase();
    const own = await startGateway({ env: { POSTGRES_SHOP_URL: database.url, POSTGRES_SHOP_ALLOW_SUPERUSER: 'true' } });
    try {
      await own.post('/api/services/postgres/query', { database: 'shop', query: 'SELECT 1 AS one' });
      await vi.waitFor(async () => {
        const pools = (await samples(own)).filter(({ name }) => name.startsWith('mcp_connection_pool'));
        const labels = { service: 'postgres', pool: 'shop' };
        const size = pools.find(({ name }) => name.endsWith('size'))!.value;
        expect(size).toBeGreaterThan(0);
        expect(pools).toEqual([
          { name: 'mcp_connection_pool_size', labels, value: size },
          { name: 'mcp_connection_pool_idle', labels, value: size },
        ]);
      }, SOON);
      const { body } = await own.get('/metrics', admin);
      expect((body as any).pools).toEqual({ postgres: { shop: { size: number, idle: number, waiting: 0, max: 10 } } });
    } finally {
      await own.close();
      await database.drop();
    }
  });
});

describe('as JSON', () => {
  it('GET /metrics', async () => {
    await rest('erase', { name: 'abc' });
    const { status, body } = await gateway.get('/metrics', admin);
    const { operations, ...others } = body as { operations: Record<string, unknown> };
    const counts = { total: number, perSecond: number, errors: number, denied: number, errorRate: number };
    const process = { cpuPercent: number, memoryPercent: number, rssBytes: number, eventLoopDelayMs: number, eventLoopDelayMedianMs: number }; // prettier-ignore
    expect(status).toBe(200);
    expect(others).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      process,
      requests: { ...counts, latencyMs: { p50: number, p95: number, p99: number } },
      tokens: number,
      inFlight: 0,
      connections: { mcp: 0, socketio: 0, websocket: 0 },
      pools: {},
      upstreams: {},
      circuits: expect.objectContaining({ two: expect.any(String) }),
      limits: { authFailures: number, rateLimited: 0, spilledResults: 0, guardrails: 0 },
    });
    const series = { calls: number, ok: number, error: number, denied: number, limited: 0, tokens: number, averageMs: number }; // prettier-ignore
    expect(operations['bench.erase']).toEqual(series);
    expect((await gateway.get('/metrics?x', admin)).status).toBe(400);
  });

  it('the process’s figures move', async () => {
    const figures = async () => ((await gateway.get('/metrics', admin)).body as any).process as Record<string, number>;
    await vi.waitFor(async () => expect((await figures()).cpuPercent).toBeGreaterThan(0), SOON);
    const { memoryPercent, rssBytes, eventLoopDelayMs } = await figures();
    expect(memoryPercent).toBeGreaterThan(0);
    expect(memoryPercent).toBeLessThan(100);
    expect(rssBytes).toBeGreaterThan(10 * 1024 * 1024);
    expect(eventLoopDelayMs).toBeGreaterThanOrEqual(0);
  });

  it('GET /api/stats', async () => {
    const { body } = await gateway.get('/api/stats');
    expect(body).toEqual({
      uptimeMs: number,
      requests: { total: number, perSecond: number, errors: number, denied: number, errorRate: number },
      latencyMs: { p50: number, p95: number, p99: number },
      tools: { total: 6, byService: { bench: 6 } },
      connections: { mcp: 0, socketio: 0, websocket: 0 },
      upstreams: {},
    });
  });

  it('GET /api/security/stats', async () => {
    const read = async () => (await gateway.get('/api/security/stats')).body as Record<string, number>;
    const before = await read();
    expect(before).toEqual({ authFailures: number, blockedAddresses: 0, rateLimited: 0, activeKeys: number, deniedCalls: number }); // prettier-ignore
    await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
    await gateway.post('/admin/api-keys', { name: 'x', permissions: ['read'] }, admin);
    await rest('erase', { name: 'abc', all: true });
    expect(await read()).toEqual({
      ...before,
      authFailures: before.authFailures! + 1,
      activeKeys: before.activeKeys! + 1,
      deniedCalls: before.deniedCalls! + 1,
    });
  });

  it('is for monitors alone', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'x', permissions: ['read', 'write', 'execute'] }, admin);
    const reader = { 'x-mcp-key': (body as { key: string }).key };
    for (const path of ['/metrics', '/metrics/prometheus', '/api/stats', '/api/security/stats']) {
      const statuses = [reader, {}, { 'x-mcp-key': 'bad' }].map(async (headers) => (await gateway.get(path, headers)).status);
      expect([path, ...(await Promise.all(statuses))]).toEqual([path, 403, 200, 401]);
    }
  }); // prettier-ignore
});

describe('the port for Prometheus', () => {
  const whole = useGatewayProcesses();
  const start = (env: Record<string, string>) => {
    const at = whole.processes.directory();
    const own = {
      DATA_DIR: at,
      DATABASE_URL: whole.database.url,
      MCP_ADMIN_KEY: ADMIN_KEY,
      MCP_REQUIRE_API_KEY: 'true',
    };
    return whole.processes.start({ at, env: { ...own, ...env } });
  };

  it('serves /metrics to anyone, under any Host, and nothing else', { timeout: 60_000 }, async () => {
    const started = start({});
    const [, address] = await started.line(/Metrics are at (http:[^"\s]+)\/metrics/);
    await started.ready();
    const seen = await sendTo(address!, { path: '/metrics', headers: { host: 'prometheus.internal' } });
    expect([seen.status, seen.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(seen.text).toContain('# TYPE mcp_operation_duration_seconds histogram');
    expect(seen.text).toContain('process_cpu_seconds_total');
    const others = ['/', '/health', '/metrics/prometheus', '/metricsx', '/logs', '/mcp/catalog', '/%', '/..%2fmetrics'];
    for (const path of others) {
      const { status, text } = await sendTo(address!, { path, headers: { 'x-mcp-key': ADMIN_KEY } });
      expect([path, status, text]).toEqual([path, 404, 'Only /metrics is here.\n']);
    }
    const post = await sendTo(address!, { method: 'POST', path: '/mcp/rpc', body: '{}' });
    expect(post.status).toBe(404);
    expect((await started.get('/metrics')).status).toBe(401);
    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
  });

  it('that is in use does not stop the gateway, which says so and tries again', { timeout: 60_000 }, async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const started = start({ METRICS_PORT: String(port) });
    await started.line(new RegExp(String.raw`No metrics at 127\.0\.0\.1:${port} \(EADDRINUSE\).*METRICS_PORT`));
    await started.ready();
    expect((await started.get('/health')).status).toBe(200);
    taken.close();
    await started.line(new RegExp(`Metrics are at http://127.0.0.1:${port}/metrics`));
    expect((await sendTo(`http://127.0.0.1:${port}`, { path: '/metrics' })).status).toBe(200);
    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
  });

  it('is closed with ENABLE_METRICS=false, and so is /metrics/prometheus', { timeout: 60_000 }, async () => {
    const started = start({ ENABLE_METRICS: 'false', MCP_REQUIRE_API_KEY: 'false' });
    await started.ready();
    const text = await started.get('/metrics/prometheus');
    expect([text.status, (text.body as any).error.kind]).toEqual([404, 'unknown']);
    expect((await started.get('/metrics')).status).toBe(200);
    started.kill('SIGTERM');
    await started.ended;
    expect(started.stdout).not.toContain('Metrics are at');
  });
});
