import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReplicaId } from '../libs/core/src/replicas/replica-id.js';
import type { RedisNamespace } from '../libs/core/src/replicas/redis-namespace.js';
import { SharedRedis } from '../libs/core/src/replicas/shared-redis.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';

const SOON = { timeout: 10_000, interval: 20 };

const said: string[] = [];
const connections: SharedRedis[] = [];
let failures: string[];
beforeEach(() => {
  failures = [];
  said.length = 0;
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(Logger.prototype, level).mockImplementation(
      (text: unknown) => void said.push(`${level}: ${String(text)}`),
    );
});
afterEach(() => {
  for (const each of connections.splice(0)) each.onApplicationShutdown();
  vi.restoreAllMocks();
});

async function shared(redisUrl: string): Promise<SharedRedis> {
  const known = { whenKnown: () => Promise.resolve('redis that is away:') } as RedisNamespace;
  const made = new SharedRedis({ redisUrl }, known, new ReplicaId());
  connections.push(made);
  await made.start();
  return made;
}

const write = (redis: SharedRedis) =>
  redis.run((client) => client.set(redis.key('x'), 'y')).catch((error: unknown) => failures.push(String(error)));

describe.skipIf(noRedis)(`Redis that is there${noRedis ? ` (${noRedis})` : ''}`, () => {
  let server: RedisServer;
  let operator: Redis;
  beforeAll(async () => {
    server = await startRedis();
    operator = new Redis(server.url);
  });
  afterAll(async () => {
    operator?.disconnect();
    await server?.stop();
  });

  it.each<[string, () => Promise<unknown>, () => Promise<unknown>, RegExp]>([
    [
      'is full',
      () => operator.config('SET', 'maxmemory', '1'),
      () => operator.config('SET', 'maxmemory', '0'),
      /memory is full/,
    ],
    [
      'wants replicas',
      () => operator.config('SET', 'min-replicas-to-write', '1'),
      () => operator.config('SET', 'min-replicas-to-write', '0'),
      /min-replicas-to-write/,
    ],
    ['became a replica', () => operator.replicaof('127.0.0.1', 1), () => operator.replicaof('NO', 'ONE'), /read-only/],
  ])('and %s is away, which is told once, as its return is', async (_what, refuse, allow, reason) => {
    const redis = await shared(server.url);
    expect(redis.status).toEqual({ state: 'ready' });
    await refuse();
    try {
      // whether it is a command or a heartbeat that hears of it first
      await Promise.all(Array.from({ length: 20 }, () => write(redis)));
      await expect
        .poll(() => redis.status, SOON)
        .toMatchObject({ state: 'down', reason: expect.stringMatching(reason) });
      expect(failures).toHaveLength(20);
    } finally {
      await allow();
    }
    await expect.poll(() => redis.isReady, SOON).toBe(true);
    expect(said).toEqual([
      expect.stringMatching(/^log: Redis is ready/),
      expect.stringMatching(/^warn: Redis is away/),
      expect.stringMatching(/^log: Redis is ready/),
    ]);
  });

  it('and that nobody asks is away as soon as it takes no writes', async () => {
    const redis = await shared(server.url);
    await operator.config('SET', 'maxmemory', '1');
    try {
      await expect.poll(() => redis.status.state, SOON).toBe('down');
    } finally {
      await operator.config('SET', 'maxmemory', '0');
    }
  });

  describe('behind an address', () => {
    let address: Server;
    let leadsTo: string;
    const sockets = new Set<Socket>();
    beforeEach(async () => {
      address = createServer((socket) => {
        const behind = connect(Number(new URL(leadsTo).port), '127.0.0.1');
        for (const each of [socket, behind]) {
          sockets.add(each);
          each.on('error', () => undefined);
        }
        socket.pipe(behind).pipe(socket);
      }).listen(0, '127.0.0.1');
      await once(address, 'listening');
    });
    afterEach(() => {
      for (const each of sockets) each.destroy();
      address.close();
    });

    it('that leads to another primary by now is followed, while the one before goes on as its replica', async () => {
      const next = await startRedis();
      try {
        leadsTo = server.url;
        const redis = await shared(`redis://127.0.0.1:${(address.address() as AddressInfo).port}`);
        expect(redis.isReady).toBe(true);
        leadsTo = next.url;
        await operator.replicaof('127.0.0.1', Number(new URL(next.url).port));
        await expect.poll(() => redis.isReady, SOON).toBe(false);
        await expect.poll(() => redis.isReady, { ...SOON, timeout: 3_000 }).toBe(true);
        await write(redis);
        expect(failures).toEqual([]);
      } finally {
        await operator.replicaof('NO', 'ONE');
        await next.stop();
      }
    });
  });

  it('and wants a password is told so at the start', async () => {
    await operator.config('SET', 'requirepass', 'secret');
    try {
      const redis = await shared(server.url.replace('//', '//:wrong@'));
      await expect.poll(() => said, SOON).toHaveLength(1);
      expect(said).toEqual([expect.stringMatching(/^warn: Redis is away, .*the password in REDIS_URL is wrong$/)]);
      expect(redis.status).toMatchObject({ state: 'down', reason: expect.stringMatching(/REDIS_URL is wrong/) });
    } finally {
      await operator.config('SET', 'requirepass', '');
    }
  });
});

it('Redis that was never there is told at the start, once', async () => {
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  await once(nobody, 'close');
  const redis = await shared(`redis://127.0.0.1:${port}`);
  await expect.poll(() => said, SOON).toHaveLength(1);
  expect(said).toEqual(['warn: Redis is away, and each replica goes on by itself: the connection was refused']);
  expect(redis.status).toEqual({ state: 'down', reason: 'the connection was refused' });
});
