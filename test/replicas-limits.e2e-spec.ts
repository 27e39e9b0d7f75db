import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { ReplicaId } from '../libs/core/src/replicas/replica-id.js';
import type { RedisNamespace } from '../libs/core/src/replicas/redis-namespace.js';
import { SharedRedis } from '../libs/core/src/replicas/shared-redis.js';
import type { SharedWindow } from '../libs/core/src/throttling/leases/lease.js';
import { SharedWindows } from '../libs/core/src/throttling/leases/shared-windows.js';
import { leasePlaces } from '../libs/core/src/throttling/leases/places-script.js';
import { held, HeldModule } from './fixtures/held-calls.js';
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

  const window = (limit: number, lengthMs: number): SharedWindow => ({
    key: `w${(keys += 1)}`,
    lengthMs,
    limit,
    hear: () => undefined,
  });
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

describe.skipIf(noRedis)(`what replicas count together${noRedis ? ` (${noRedis})` : ''}`, () => {
  let replicas: Replicas;
  const start = async (env: Record<string, string>) => {
    // with names of their own in Redis
    const secret = { MCP_SECRET_KEY: `the secret of replicas ${randomUUID()}` };
    const services = [GatewayModule, HeldModule];
    replicas = await startReplicas({ redisUrl: redis.url, env: { ...secret, ...env }, services });
    await eventually(
      () => replicas.all.map(redisState),
      (states) => states.every((state) => state === 'ready'),
    );
  };
  afterEach(async () => {
    for (const end of held) end();
    await replicas.close();
  });

  const echo = async (gateway: TestGateway, length: number) =>
    (await gateway.post('/api/services/gateway/echo', { message: 'x'.repeat(length) })).status;
  const tokensLeft = async (gateway: TestGateway) => {
    const { body } = await gateway.post('/api/services/gateway/whoami', {});
    const { limits } = (body as { data: { limits: { name: string; remaining: number }[] } }).data;
    return limits.find(({ name }) => name === 'tokensPerDay')?.remaining;
  };

  it('are tokens: what is spent at one is missing at the other', async () => {
    await start({ MCP_MAX_TOKENS_PER_DAY: '2000' });
    const [one, other] = replicas.all as [TestGateway, TestGateway];
    // both know the budget of this caller
    expect([await echo(one, 1), await echo(other, 1)]).toEqual([200, 200]);
    const before = (await tokensLeft(other))!;
    expect(await echo(one, 4_000)).toBe(200);
    await eventually(
      () => tokensLeft(other),
      (left) => left !== undefined && left < before - 400,
    );
    while ((await echo(one, 4_000)) === 200);
    await eventually(
      () => echo(other, 1),
      (status) => status === 429,
    );
  });

  it('are tokens that were spent while Redis was away, once it is back', async () => {
    await start({ MCP_MAX_TOKENS_PER_DAY: '2000' });
    const [one, other] = replicas.all as [TestGateway, TestGateway];
    expect([await echo(one, 1), await echo(other, 1)]).toEqual([200, 200]);
    redis.freeze();
    try {
      await eventually(
        () => replicas.all.map(redisState),
        (states) => states.every((state) => state === 'down'),
      );
      while ((await echo(one, 4_000)) === 200);
      expect(await echo(other, 1)).toBe(200);
    } finally {
      redis.thaw();
    }
    await eventually(
      () => echo(other, 1),
      (status) => status === 429,
      20_000,
    );
  });

  it('are calls that run at once, and a place that is left at one serves the other', async () => {
    await start({ MCP_MAX_CONCURRENT_CALLS: '4' });
    const hold = (gateway: TestGateway) => gateway.post('/api/services/held/hold', {});
    const calls = replicas.all.flatMap((gateway) => [1, 2, 3].map(() => hold(gateway)));
    // two of them have waited in vain
    const statuses: number[] = [];
    for (const call of calls) void call.then(({ status }) => statuses.push(status));
    await eventually(
      () => statuses.length,
      (count) => count === 2,
    );
    expect([held.size, statuses]).toEqual([4, [429, 429]]);
    for (const end of held) end();
    expect((await Promise.all(calls)).map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429, 429]);

    const again = [1, 2, 3, 4].map(() => hold(replicas.all[1]!));
    await eventually(
      () => held.size,
      (running) => running === 4,
    );
    const last = hold(replicas.all[0]!);
    [...held][0]!();
    expect((await Promise.race(again)).status).toBe(200);
    await eventually(
      () => held.size,
      (running) => running === 4,
    );
    for (const end of held) end();
    expect((await Promise.all([...again, last])).map(({ status }) => status)).toEqual(Array(5).fill(200));
  });

  it('are the places of a replica that is gone, until its lease ends', async () => {
    await start({});
    const [one, other] = replicas.all.map(({ gateway }) => gateway.app.get(SharedRedis));
    const lease = (redis: SharedRedis, replica: string, used: number, needed: number, ms: number) =>
      redis.runScript(leasePlaces, 'places:of a test', [replica, 4, used, needed, ms]);
    expect(await lease(one!, 'gone', 0, 3, 500)).toEqual([3, 1]);
    expect(await lease(other!, 'here', 0, 3, 60_000)).toEqual([1, 0]);
    await eventually(
      () => lease(other!, 'here', 1, 2, 60_000),
      (answer) => String(answer) === '3,1',
    );
  });

  it('are as many calls as the limit says at each of them while Redis is away', async () => {
    await start({ MCP_MAX_CONCURRENT_CALLS: '2' });
    redis.freeze();
    try {
      await eventually(
        () => replicas.all.map(redisState),
        (states) => states.every((state) => state === 'down'),
      );
      const calls = replicas.all.flatMap((gateway) => [1, 2].map(() => gateway.post('/api/services/held/hold', {})));
      await eventually(
        () => held.size,
        (running) => running === 4,
      );
      for (const end of held) end();
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    } finally {
      redis.thaw();
    }
  });
});
