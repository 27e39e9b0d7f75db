import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { MetricsHistoryPoint } from '#libs/kit';
import { Store } from '#libs/core';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { createDatabase, type TestDatabase } from './database.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const SOON_MS = 10_000;
const number = expect.any(Number) as number;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The beginning of an hour. The clock of this process is set by hand; timers run as ever. */
const START = Date.parse('2026-05-04T10:00:00Z');

let database: TestDatabase;
let relay: Relay;
let one: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  database = await createDatabase();
  relay = await Relay.to(database.url);
  const shared = { MCP_SECRET_KEY: 'a-secret-of-two-replicas-with-one-store' };
  const services = [GatewayModule, BenchModule];
  one = await startGateway({ env: { ...shared, DATABASE_URL: relay.url }, services });
  other = await startGateway({ env: { ...shared, DATABASE_URL: database.url }, services });
});
afterAll(async () => {
  await one.close();
  await other.close();
  await relay.cut();
  await database.drop();
  vi.useRealTimers();
});

/** Tries until it holds. `vi.waitFor` would move the clock. */
async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + SOON_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await sleep(50);
    }
  }
}

const isoAt = (ms: number) => new Date(ms).toISOString();
const echo = (at = one) => at.post('/api/services/gateway/echo', { message: 'x' });
const wait = (ms: number, at = one) => at.post('/api/services/bench/wait', { ms });

async function history(query: Record<string, string | number>, at = one): Promise<MetricsHistoryPoint[]> {
  const words = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const { status, body, text } = await at.get(`/metrics?${words.join('&')}`, admin);
  expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  return (body as { history: MetricsHistoryPoint[] }).history;
}

/** Waits until a second holds so many calls: what is called after a look is counted in the next one. */
async function seen(time: number, total: number, at = one): Promise<void> {
  await eventually(async () => {
    const points = (await history({ step: 1 }, at)).filter((point) => point.time === isoAt(time));
    expect(points.map(({ requests }) => requests.total)).toEqual([total]);
  });
}

/** Of one minute or hour, when all calls are in it. */
async function pointAt(time: number, stepSeconds: number, total: number, at = one): Promise<MetricsHistoryPoint> {
  const query = { from: isoAt(time), to: isoAt(time + stepSeconds * 1_000), step: stepSeconds };
  return eventually(async () => {
    const points = await history(query, at);
    expect(points.map(({ time, requests }) => [time, requests.total])).toEqual([[isoAt(time), total]]);
    return points[0]!;
  });
}

const rowsOf = (at = other) =>
  at.gateway.app.get(Store, { strict: false }).run((manager) =>
    manager.query<{ resolution: number; replicas: number; times: number; loose: number }[]>(
      `SELECT resolution, count(DISTINCT replica)::int AS replicas, count(DISTINCT time)::int AS times,
           count(*) FILTER (WHERE NOT rolled_up)::int AS loose
         FROM metric_points GROUP BY resolution ORDER BY resolution`,
    ),
  );

it('by seconds, from memory, with all that a picture of it needs', async () => {
  await wait(40);
  await one.post('/api/services/bench/fail', { how: 'unavailable', backEnd: 'the shop' });
  await one.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  const point = await eventually(async () => {
    const points = await history({ step: 1 });
    const found = points.filter(({ requests, limits }) => requests.total + limits.authFailures > 0);
    expect(found.map(({ requests, limits }) => [requests.total, limits.authFailures])).toEqual([[2, 1]]);
    return found[0]!;
  });
  const percentiles = { p50: number, p95: number, p99: number };
  const operation = { denied: 0, limited: 0, tokens: number, averageMs: number, latencyMs: percentiles };
  expect(point).toEqual({
    time: isoAt(START),
    seconds: 1,
    observedSeconds: number,
    process: { cpuPercent: number, memoryPercent: number, rssBytes: number, eventLoopDelayMs: number, eventLoopDelayMedianMs: number },
    peak: { cpuPercent: number, memoryPercent: number, rssBytes: number, eventLoopDelayMs: number, inFlight: number },
    requests: { total: 2, perSecond: number, errors: 1, denied: 0, limited: 0, errorRate: 0.5, latencyMs: percentiles, ownLatencyMs: percentiles, upstreamLatencyMs: { p50: 0, p95: 0, p99: 0 } },
    operations: {
      'bench.wait': { ...operation, calls: 1, ok: 1, error: 0 },
      'bench.fail': { ...operation, calls: 1, ok: 0, error: 1 },
    },
    tokens: number,
    inFlight: number,
    connections: { mcp: 0, socketio: 0, websocket: 0 },
    pools: {},
    upstreams: {},
    circuits: { 'the shop': { closed: 1 } },
    limits: { authFailures: 1, rateLimited: 0, spilledResults: 0, guardrails: 0 },
  }); // prettier-ignore
  expect(point.process.rssBytes).toBeGreaterThan(10 * 1024 * 1024);
  expect(point.operations['bench.wait']!.latencyMs.p50).toBeGreaterThan(38);
});

it('by minutes of all replicas: counts are added, and percentiles are those of all calls', async () => {
  const time = START + MINUTE_MS;
  vi.setSystemTime(time);
  for (let i = 0; i < 18; i += 1) await echo(one);
  for (let i = 0; i < 2; i += 1) await wait(300, other);
  await seen(time, 18, one);
  await seen(time, 2, other);
  vi.setSystemTime(time + MINUTE_MS);
  const points = [await pointAt(time, 60, 20, one), await pointAt(time, 60, 20, other)];
  for (const { requests, observedSeconds, operations } of points) {
    // an average of both replicas' percentiles would be near 150
    expect(requests.latencyMs.p50).toBeLessThan(100);
    expect(requests.latencyMs.p95).toBeGreaterThan(290);
    expect(requests.perSecond).toBeCloseTo(20 / observedSeconds, 1);
    expect(Object.keys(operations).sort()).toEqual(['bench.wait', 'gateway.echo']);
  }
});

it('over a restart', async () => {
  await one.restart();
  await pointAt(START + MINUTE_MS, 60, 20, one);
});

it('with a minute that two runs of a gateway have seen, as one', async () => {
  const time = START + 3 * MINUTE_MS;
  vi.setSystemTime(time);
  await echo();
  await seen(time, 1);
  await one.restart();
  await echo();
  await seen(time, 1);
  vi.setSystemTime(time + MINUTE_MS);
  await pointAt(time, 60, 2, other);
});

it('while the store is away: seconds go on, minutes wait and are written later', async () => {
  await relay.cut();
  const times = [6, 7, 8].map((minute) => START + minute * MINUTE_MS);
  for (const time of times) {
    vi.setSystemTime(time);
    await echo();
    await seen(time, 1);
  }
  const { status, body } = await one.get(`/metrics?step=60`, admin);
  expect([status, (body as any).error.kind]).toEqual([502, 'unavailable']);
  vi.setSystemTime(START + 9 * MINUTE_MS);
  await relay.mend();
  for (const time of times) await pointAt(time, 60, 1, other);
});

it('by hours, which are made once whoever makes them, and again when a minute comes late', async () => {
  await relay.cut();
  const late = START + 50 * MINUTE_MS;
  vi.setSystemTime(late);
  await echo(one);
  await seen(late, 1);
  vi.setSystemTime(START + HOUR_MS);
  // 2 of the first minute, 20, 2, and 3 that waited
  await pointAt(START, 3_600, 27, other);
  await eventually(async () => expect((await rowsOf()).map(({ loose }) => loose)).toEqual([0, 2]));
  await relay.mend();
  await pointAt(START, 3_600, 28, other);
  const hours = { resolution: 3_600, replicas: 2, times: 1, loose: 2 };
  await eventually(async () => {
    expect(await rowsOf()).toEqual([expect.objectContaining({ resolution: 60, replicas: 2, loose: 0 }), hours]);
  });
  await pointAt(START, 3_600, 28, one);
});

it('for as long as is promised: minutes for a day at least, hours for 90', async () => {
  const later = async (ms: number) => {
    vi.setSystemTime(START + ms);
    await eventually(async () => expect((await history({ step: 1 }, other)).at(-1)?.time).toBe(isoAt(START + ms)));
    // what ends is written, and what is too old deleted with it
    vi.setSystemTime(START + ms + MINUTE_MS);
  };
  await later(DAY_MS - MINUTE_MS);
  await pointAt(START + MINUTE_MS, 60, 20, other);
  await later(3 * DAY_MS);
  await pointAt(START, 3_600, 28, other);
  expect(await history({ from: isoAt(START), to: isoAt(START + HOUR_MS), step: 60 }, other)).toHaveLength(1);
  await later(89 * DAY_MS);
  await pointAt(START, 3_600, 28, other);
  await later(91 * DAY_MS);
  await eventually(async () => {
    expect(await history({ from: isoAt(START), to: isoAt(START + HOUR_MS), step: 3_600 }, other)).toEqual([]);
  });
});

it.each([
  ['from=yesterday', 'from'],
  ['step=0', 'step'],
  ['step=1.5', 'step'],
  ['from=2026-01-01T00:00:00Z&step=60', 'step'],
  ['to=2020-01-01&from=2021-01-01', 'from'],
  ['since=2026-01-01', 'since'],
])('not for /metrics?%s', async (query, field) => {
  const { status, body } = await one.get(`/metrics?${query}`, admin);
  expect([status, (body as any).error.message]).toEqual([400, expect.stringContaining(field)]);
});

it('not for those who may not monitor', async () => {
  const { body } = await one.post('/admin/api-keys', { name: 'x', permissions: ['read'] }, admin);
  const reader = { 'x-mcp-key': (body as { key: string }).key };
  expect((await one.get('/metrics?step=60', reader)).status).toBe(403);
});
