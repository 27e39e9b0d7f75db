import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { ReplicaId } from '../libs/core/src/replicas/replica-id.js';
import type { RedisNamespace } from '../libs/core/src/replicas/redis-namespace.js';
import { SharedRedis } from '../libs/core/src/replicas/shared-redis.js';
import type { SharedWindow } from '../libs/core/src/throttling/leases/lease.js';
import { SharedWindows } from '../libs/core/src/throttling/leases/shared-windows.js';
import { ADMIN_KEY, type TestGateway } from './gateway.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { eventually, redisState, startReplicas, type Replicas } from './replicas.js';

let redis: RedisServer;
beforeAll(async () => {
  if (!noRedis) redis = await startRedis();
});
afterAll(() => redis?.stop());

describe.skipIf(noRedis)(`windows that replicas share${noRedis ? ` (${noRedis})` : ''}`, () => {
  let connections: SharedRedis[];
  let replicas: SharedWindows[];
  let keys = 0;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(async () => {
    connections = [1, 2, 3].map(
      () =>
        new SharedRedis(
          { redisUrl: redis.url },
          { whenKnown: () => Promise.resolve('the shared windows:') } as RedisNamespace,
          new ReplicaId(),
        ),
    );
    await Promise.all(connections.map((connection) => connection.start()));
    replicas = connections.map((connection) => new SharedWindows(connection));
  });
  afterEach(() => {
    for (const each of [...replicas, ...connections]) each.onApplicationShutdown();
  });

  const window = (limit: number, lengthMs: number): SharedWindow => ({ key: `w${(keys += 1)}`, lengthMs, limit });
  /** How many of so many calls, spread over all replicas, are let through. */
  const takenOf = async (count: number, ...windows: SharedWindow[]) => {
    const answers = await Promise.all(Array.from({ length: count }, async (_, i) => replicas[i % 3]!.take(windows)));
    return answers.filter((used) => used === undefined).length;
  };

  it.each([[1], [7], [100], [10_000]])('let %i through and no more, however many come at once', async (limit) => {
    const taken = await takenOf(limit + 200, window(limit, 60_000));
    expect(taken).toBeLessThanOrEqual(limit);
    // what one of them holds and does not need is missing for a moment
    expect(taken).toBeGreaterThanOrEqual(Math.ceil(limit * 0.95));
  });

  it('let as many through one after another, and say when there is one more', async () => {
    const shared = window(100, 60_000);
    let taken = 0;
    for (let i = 0; i < 120; i += 1) if ((await replicas[i % 3]!.take([shared])) === undefined) taken += 1;
    // what another replica holds for a moment comes back to all
    expect(taken).toBeGreaterThanOrEqual(95);
    expect(taken).toBeLessThanOrEqual(100);
    const used = await eventually(
      () => replicas[0]!.take([shared]),
      (answer) => answer !== undefined,
    );
    expect(used!.window).toEqual(shared);
    expect(used!.retryAfterMs).toBeGreaterThan(50_000);
    expect(used!.retryAfterMs).toBeLessThan(63_000);
  });

  it('never let more than the limit through in any span of their length', async () => {
    const shared = window(50, 1_000);
    const times: number[] = [];
    const endsAt = performance.now() + 3_200;
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      const taken = await takenOf(9, shared);
      // taken at the earliest then, so that spans look no longer than they are
      for (let i = 0; i < taken; i += 1) times.push(startedAt);
      await sleep(5);
    }
    expect(times.length).toBeGreaterThan(120);
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 900).length));
    expect(most).toBeLessThanOrEqual(50);
  });

  it('take nothing of one where another is full', async () => {
    const [narrow, wide] = [window(5, 60_000), window(100, 60_000)];
    expect(await takenOf(60, wide, narrow)).toBe(5);
    await sleep(1_700);
    const taken = await takenOf(200, wide);
    expect(taken).toBeGreaterThanOrEqual(90);
    expect(taken).toBeLessThanOrEqual(95);
  });

  it('are counted by each replica alone while Redis is away, and together afterwards', async () => {
    const shared = window(30, 60_000);
    expect(await takenOf(9, shared)).toBe(9);
    redis.freeze();
    try {
      await takenOf(3, shared);
      await eventually(() => connections.every(({ isReady }) => !isReady), Boolean);
      const startedAt = performance.now();
      expect(await takenOf(30, shared)).toBe(30);
      // each would wait for Redis otherwise
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    } finally {
      redis.thaw();
    }
    await eventually(() => connections.every(({ isReady }) => isReady), Boolean, 2_000);
    await Promise.all(replicas.map(async (replica) => replica.take([shared])));
    await eventually(
      () => takenOf(3, shared),
      (taken) => taken === 0,
    );
  });
});

describe.skipIf(noRedis)(`a caller of three replicas${noRedis ? ` (${noRedis})` : ''}`, () => {
  let replicas: Replicas;
  const env = { MCP_MAX_REQUESTS_PER_MINUTE: '100' };
  beforeAll(async () => {
    replicas = await startReplicas({ count: 3, redisUrl: redis.url, env, services: [GatewayModule] });
    await eventually(
      () => replicas.all.map(redisState),
      (states) => states.every((state) => state === 'ready'),
    );
  });
  afterAll(() => replicas.close());

  const call = (gateway: TestGateway, key: string) =>
    gateway.post('/api/services/gateway/echo', { message: 'hi' }, { 'x-mcp-key': key });

  it('has one budget at all of them, and is told how much is left of it', async () => {
    const one = replicas.all[0]!;
    const policy = { name: 'c', permissions: ['*'] };
    const { key } = (await one.post('/admin/api-keys', policy, { 'x-mcp-key': ADMIN_KEY })).body as { key: string };
    for (const gateway of replicas.all) {
      await eventually(
        async () => (await gateway.get('/mcp/catalog', { 'x-mcp-key': key })).status,
        (status) => status === 200,
      );
    }
    const answers = [];
    for (let i = 0; i < 120; i += 1) answers.push(await call(replicas.all[i % 3]!, key));
    const accepted = answers.filter(({ status }) => status === 200).length;
    expect(accepted).toBeGreaterThanOrEqual(95);
    expect(accepted).toBeLessThanOrEqual(105);
    const last = answers.at(-1)!;
    expect(last.status).toBe(429);
    expect(last.body).toMatchObject({ error: { kind: 'limited', details: { limit: 'perMinute', allowed: 100 } } });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(30);
    expect(last.headers.ratelimit).toMatch(/"minute";r=[0-5];/);
  });
});
