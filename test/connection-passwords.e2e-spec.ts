import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedRedis } from '#libs/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { callStream } from './call-stream.js';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { SecretFiles } from './secret-file.js';

const SOON = { timeout: 15_000, interval: 50 };
/** Two looks at the files, and what it takes to read them. */
const TAKEN_OVER_MS = 2_500;
const admin = { 'x-mcp-key': ADMIN_KEY };

const files = new SecretFiles();
let gateway: TestGateway;
let database: TestDatabase;
let redis: RedisServer | undefined;
let owner: URL;

beforeAll(async () => {
  database = await createDatabase();
  owner = new URL(await database.readerUrl());
  await asSuperuser('postgres', `ALTER DATABASE ${database.name} OWNER TO ${owner.username}`);
  await asSuperuser(database.name, `ALTER SCHEMA public OWNER TO ${owner.username}`);
  redis = noRedis ? undefined : await startRedis();
  gateway = await startGateway({
    env: {
      DATABASE_URL: '',
      DATABASE_URL_FILE: files.write('database', owner.href),
      ...(redis && {
        REDIS_URL_FILE: files.write('redis', redis.url),
        MCP_SECRET_KEY: 'the secret of a gateway with passwords',
      }),
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await redis?.stop();
  await database.drop();
  files.remove();
});

/** A call that writes to the store, and waits for that. */
const storedCall = () => gateway.get('/admin/approvals', admin);
const withPassword = (url: string | URL, password: string) => Object.assign(new URL(url), { password }).href;
const stateOfFiles = async () =>
  ((await gateway.get('/config', admin)).body as { file: { problem: string | null; needsRestart: string[] } }).file;

describe('the password of DATABASE_URL', () => {
  it('that changes in its file fails no call, and opens the connections that are made from then on', async () => {
    const stream = callStream(storedCall, () => gateway.get('/api/tools', admin));
    await asSuperuser('postgres', `ALTER ROLE ${owner.username} PASSWORD 'the next one'`);
    await expect(new Client({ connectionString: owner.href }).connect()).rejects.toThrow('password');
    files.write('database', withPassword(owner, 'the next one'));
    await sleep(TAKEN_OVER_MS);
    const { calls, failures } = await stream.end();
    expect([failures, calls > 20]).toEqual([[], true]);

    const untouched = callStream(() => gateway.get('/api/tools', admin));
    const cut = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '${owner.username}'`;
    const [{ count } = {}] = await asSuperuser('postgres', cut);
    expect(Number(count)).toBeGreaterThan(1);
    await expect.poll(async () => (await storedCall()).status, SOON).toBe(200);
    const afterwards = callStream(storedCall, storedCall, storedCall);
    await sleep(500);
    for (const each of [untouched, afterwards]) expect((await each.end()).failures).toEqual([]);
  });

  it('that comes late is used as soon as it is there', async () => {
    await asSuperuser('postgres', `ALTER ROLE ${owner.username} PASSWORD 'the last one'`);
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${owner.username}'`;
    await asSuperuser('postgres', cut);
    await expect.poll(async () => (await storedCall()).status, SOON).toBe(502);
    files.write('database', withPassword(owner, 'the last one'));
    await expect.poll(async () => (await storedCall()).status, SOON).toBe(200);
  });

  it('is all of it that changes without a restart', async () => {
    const elsewhere = Object.assign(new URL(owner), { pathname: '/elsewhere' });
    files.write('database', elsewhere.href);
    await expect.poll(stateOfFiles, SOON).toMatchObject({ problem: null, needsRestart: ['store.databaseUrl'] });
    files.write('database', withPassword(owner, 'the last one'));
    await expect.poll(stateOfFiles, SOON).toMatchObject({ problem: null, needsRestart: [] });
    expect((await storedCall()).status).toBe(200);
  });
});

describe.skipIf(noRedis)(`the password of REDIS_URL${noRedis ? ` (${noRedis})` : ''}`, () => {
  it('that changes in its file is used for connections that are made from then on', async () => {
    const { status } = gateway.gateway.app.get(SharedRedis);
    expect(status.state).toBe('ready');
    const client = new Redis(redis!.url);
    try {
      const stream = callStream(() => gateway.get('/api/tools', admin));
      await client.config('SET', 'requirepass', 'the next one');
      files.write('redis', withPassword(redis!.url, 'the next one'));
      await sleep(TAKEN_OVER_MS);
      expect(gateway.gateway.app.get(SharedRedis).status.state).toBe('ready');
      await client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await client.client('KILL', 'TYPE', 'pubsub');
      const state = () => gateway.gateway.app.get(SharedRedis).status.state;
      await expect.poll(state, SOON).toBe('down');
      await expect.poll(state, SOON).toBe('ready');
      expect((await stream.end()).failures).toEqual([]);
    } finally {
      client.disconnect();
    }
  });
});
