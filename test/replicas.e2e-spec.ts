import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { createGateway } from '../apps/gateway/src/configure-app.js';
import { asSuperuser } from './database.js';
import { ADMIN_KEY, type Answer, type TestGateway } from './gateway.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { eventually, redisState, startReplicas, type Replicas } from './replicas.js';
import { connectPlain, type TestSocket } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const SOON_MS = 1_000;

interface MadeKey {
  id: string;
  key: string;
}

const change = (gateway: TestGateway, method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.send({
    method,
    path,
    headers: { ...admin, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const statusWith = async (gateway: TestGateway, key: string) =>
  (await gateway.get('/mcp/catalog', { 'x-mcp-key': key })).status;

/** How long it takes until every look fits. */
async function soonOn(gateways: readonly TestGateway[], look: (gateway: TestGateway) => Promise<boolean>) {
  const startedAt = performance.now();
  await Promise.all(
    gateways.map((gateway) =>
      eventually(
        () => look(gateway),
        (fits) => fits,
      ),
    ),
  );
  return performance.now() - startedAt;
}

describe.skipIf(noRedis)(`with Redis${noRedis ? ` (${noRedis})` : ''}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  replicasActAsOne(() => redis.url);
});

describe.skipIf(noRedis)(`what happens at one replica${noRedis ? ` (${noRedis})` : ''}`, () => {
  let redis: RedisServer;
  let replicas: Replicas;
  const open: TestSocket[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    replicas = await startReplicas({ redisUrl: redis.url, services: [GatewayModule] });
  });
  afterAll(async () => {
    for (const socket of open) socket.close();
    await replicas.close();
    await redis.stop();
  });

  it('is told to who follows it at another, and again from where they left', async () => {
    const [one, other] = replicas.all as [TestGateway, TestGateway];
    const socket = await connectPlain(other.url, { headers: admin });
    open.push(socket);
    await socket.ask('subscribe', { room: 'tool-executions' });
    const ends = (id: string) => (event: { requestId: string; phase: string }) =>
      event.requestId === id && event.phase === 'end';
    const call = (id: string) =>
      one.post('/api/services/gateway/echo', { message: 'hi' }, { ...admin, 'x-request-id': id });
    // calls are told as soon as it is known that somebody follows them
    let calls = 0;
    await eventually(
      async () => {
        await call(`call-${(calls += 1)}`);
        return socket.seen('tool_executed').length;
      },
      (count) => count > 0,
    );
    await call('last');
    const last = await socket.next('tool_executed', ends('last'));
    expect(last).toMatchObject({ caller: 'environment', service: 'gateway', operation: 'echo', outcome: 'ok' });
    await call('later');
    await socket.next('tool_executed', ends('later'));

    const back = await connectPlain(other.url, { headers: admin });
    open.push(back);
    const answer = await back.ask('subscribe', { room: 'tool-executions', since: last.seq });
    expect(answer).toMatchObject({ ok: true, replayed: 2, complete: true });
    expect(await back.next('tool_executed', ends('later'))).toMatchObject({ outcome: 'ok' });
  });
});

describe('with nothing but their database in common', () => replicasActAsOne(() => undefined));

function replicasActAsOne(redisUrl: () => string | undefined): void {
  let replicas: Replicas;
  let one: TestGateway;
  let others: TestGateway[];
  beforeAll(async () => {
    const env = { WEB_ALLOWED_HOSTS: '127.0.0.1:9' };
    replicas = await startReplicas({ count: 3, redisUrl: redisUrl(), env, services: [GatewayModule] });
    [one, ...others] = replicas.all as [TestGateway, ...TestGateway[]];
  });
  afterAll(() => replicas.close());

  const makeKey = async (permissions: string[]): Promise<MadeKey> => {
    const made = (await one.post('/admin/api-keys', { name: 'a key', permissions }, admin)).body as MadeKey;
    await soonOn(others, async (other) => (await statusWith(other, made.key)) === 200);
    return made;
  };

  it('take a key that one of them made', async () => {
    const { key } = await makeKey(['read']);
    expect(await Promise.all(replicas.all.map((gateway) => statusWith(gateway, key)))).toEqual([200, 200, 200]);
  });

  it('refuse a deleted key and close its sockets within a second', async () => {
    const { id, key } = await makeKey(['read']);
    const sockets: TestSocket[] = await Promise.all(
      replicas.all.map(({ url }) => connectPlain(url, { headers: { 'x-mcp-key': key } })),
    );
    const startedAt = performance.now();
    expect((await change(one, 'DELETE', `/admin/api-keys/${id}`)).status).toBe(204);
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    expect(await Promise.all(replicas.all.map((gateway) => statusWith(gateway, key)))).toEqual([401, 401, 401]);
  });

  it('refuse a key that another one took its place of', async () => {
    const { id, key } = await makeKey(['read']);
    const rotated = (await change(others[0]!, 'POST', `/admin/api-keys/${id}/rotate`, {})).body as MadeKey;
    await soonOn(replicas.all, async (gateway) => (await statusWith(gateway, key)) === 401);
    expect(await Promise.all(replicas.all.map((gateway) => statusWith(gateway, rotated.key)))).toEqual([200, 200, 200]);
  });

  it('change the settings of one another', async () => {
    const answer = await one.post('/config', { 'security.maxTokensPerDay': 123_456 }, admin);
    expect(answer.status).toBe(200);
    await soonOn(others, async (other) => {
      const { body } = await other.get('/config', admin);
      const { values } = body as { values: Record<string, { value: unknown; origin: string }> };
      return values['security.maxTokensPerDay']!.value === 123_456;
    });
    await one.post('/config', { 'security.maxTokensPerDay': 0 }, admin);
  });

  it('hold and lift the blocks of one another', async () => {
    const { id } = (await one.post('/admin/ip-blocks', { network: '203.0.113.7' }, admin)).body as { id: string };
    const knows = async (gateway: TestGateway) => (await gateway.get(`/admin/ip-blocks/${id}`, admin)).status === 200;
    await soonOn(others, knows);
    await change(others[1]!, 'DELETE', `/admin/ip-blocks/${id}`);
    await soonOn(replicas.all, async (gateway) => !(await knows(gateway)));
  });

  it('hear of what somebody changes in the database itself', async () => {
    const { id, key } = await makeKey(['read']);
    const sql = (text: string) => asSuperuser(replicas.database.name, text);
    await sql(`DELETE FROM api_keys WHERE id = '${id}'`);
    await soonOn(replicas.all, async (gateway) => (await statusWith(gateway, key)) === 401);
    const block = '00000000-0000-4000-8000-000000000007';
    await sql(`INSERT INTO ip_blocks (id, network) VALUES ('${block}', '203.0.113.9')`);
    await soonOn(
      replicas.all,
      async (gateway) => (await gateway.get(`/admin/ip-blocks/${block}`, admin)).status === 200,
    );
    await sql('TRUNCATE ip_blocks');
    await soonOn(
      replicas.all,
      async (gateway) => (await gateway.get(`/admin/ip-blocks/${block}`, admin)).status === 404,
    );
  });

  it('serve the toolsets of one another', async () => {
    const toolset = { name: 'shared', tools: ['gateway.echo'] };
    expect((await one.post('/admin/toolsets', toolset, admin)).status).toBe(201);
    await soonOn(others, async (other) => (await other.get('/admin/toolsets/shared', admin)).status === 200);
    await change(others[0]!, 'DELETE', '/admin/toolsets/shared');
    await soonOn(replicas.all, async (gateway) => (await gateway.get('/admin/toolsets/shared', admin)).status === 404);
  });

  it('reach the upstreams that one of them registered, as they were changed, and no longer than they are there', async () => {
    const upstream = { name: 'elsewhere', url: 'http://127.0.0.1:9/', description: 'First', enabled: false };
    expect((await one.post('/admin/upstreams', upstream, admin)).status).toBe(201);
    const described = (text: string) => async (gateway: TestGateway) => {
      const { body } = await gateway.get('/admin/upstreams/elsewhere', admin);
      return (body as { description?: string }).description === text;
    };
    await soonOn(others, described('First'));
    await change(others[0]!, 'PATCH', '/admin/upstreams/elsewhere', { description: 'Second' });
    await soonOn(replicas.all, described('Second'));
    await change(others[1]!, 'DELETE', '/admin/upstreams/elsewhere');
    await soonOn(
      replicas.all,
      async (gateway) => (await gateway.get('/admin/upstreams/elsewhere', admin)).status === 404,
    );
  });

  it('say at /ready whether they act as one', async () => {
    const { body } = await one.get('/ready', admin);
    const { replicas: told } = (body as { details: Record<string, unknown> }).details;
    expect(told).toEqual(
      redisUrl() === undefined
        ? { status: 'up', mode: 'single', redis: { state: 'off' } }
        : { status: 'up', mode: 'shared', redis: { state: 'ready' } },
    );
  });
}

describe.skipIf(noRedis)(`while Redis is away${noRedis ? ` (${noRedis})` : ''}`, () => {
  let redis: RedisServer;
  let replicas: Replicas;
  beforeAll(async () => {
    redis = await startRedis();
    replicas = await startReplicas({ redisUrl: redis.url, services: [GatewayModule] });
  });
  afterAll(async () => {
    redis.thaw();
    await replicas.close();
    await redis.stop();
  });

  it('nothing waits for it, a deleted key is refused everywhere, and all is well when it answers again', async () => {
    const [one, other] = replicas.all as [TestGateway, TestGateway];
    const { id, key } = (await one.post('/admin/api-keys', { name: 'k', permissions: ['read'] }, admin))
      .body as MadeKey;
    await soonOn([other], async (gateway) => (await statusWith(gateway, key)) === 200);

    redis.freeze();
    await eventually(
      () => replicas.all.map(redisState),
      (states) => states.every((state) => state === 'down'),
    );
    expect((await other.get('/ready', admin)).status).toBe(200);
    await change(one, 'DELETE', `/admin/api-keys/${id}`);
    await soonOn([other], async (gateway) => (await statusWith(gateway, key)) === 401);

    redis.thaw();
    await eventually(
      () => replicas.all.map(redisState),
      (states) => states.every((state) => state === 'ready'),
      2_000,
    );
  });
});

describe('an upstream that somebody else changes at the same moment', () => {
  const waitsForRow = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  let replicas: Replicas;
  let somebody: Client;
  beforeAll(async () => {
    replicas = await startReplicas({ count: 1, env: { WEB_ALLOWED_HOSTS: '127.0.0.1:9' }, services: [GatewayModule] });
    somebody = new Client({ connectionString: replicas.database.url });
    await somebody.connect();
  });
  afterAll(async () => {
    await somebody.end();
    await replicas.close();
  });

  it('has both changes, and does not come back where it was removed', async () => {
    const [one] = replicas.all as [TestGateway];
    const url = 'http://127.0.0.1:9/';
    expect((await one.post('/admin/upstreams', { name: 'shared', url, enabled: false }, admin)).status).toBe(201);
    const describeDuring = async (sql: string) => {
      await somebody.query(`BEGIN; ${sql}`);
      const changing = change(one, 'PATCH', '/admin/upstreams/shared', { description: 'Ours' });
      await eventually(
        async () => (await asSuperuser(replicas.database.name, waitsForRow))[0]!.count,
        (count) => count === 1,
      );
      await somebody.query('COMMIT');
      return changing;
    };
    const both = await describeDuring('UPDATE upstreams SET timeout_ms = 7000');
    expect(both).toMatchObject({ status: 200, body: { description: 'Ours', timeoutMs: 7_000 } });
    expect((await describeDuring('DELETE FROM upstreams')).status).toBe(404);
    await soonOn([one], async (gateway) => (await gateway.get('/admin/upstreams/shared', admin)).status === 404);
  });
});

describe('replicas that begin on an empty database at once', () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await startReplicas({ count: 3, env: { MCP_ADMIN_KEY: '' }, services: [GatewayModule] });
  });
  afterAll(() => replicas.close());

  it('make one admin key, and keep one of those that are deleted at two of them at once', async () => {
    const files = replicas.all.map(({ directory }) => join(directory, 'admin.key')).filter((file) => existsSync(file));
    expect(files).toHaveLength(1);
    const first = { 'x-mcp-key': readFileSync(files[0]!, 'utf8').trim() };
    const [one, other] = replicas.all as [TestGateway, TestGateway];
    await eventually(
      () => one.get('/admin/api-keys', first),
      ({ status }) => status === 200,
    );
    const made = await one.post('/admin/api-keys', { name: 'second', permissions: ['*'] }, first);
    const second = made.body as MadeKey;
    const [{ id }] = ((await one.get('/admin/api-keys', first)).body as { items: [{ id: string }] }).items;
    await soonOn([other], async (gateway) => (await statusWith(gateway, second.key)) === 200);

    const remove = (gateway: TestGateway, which: string, headers: Record<string, string>) =>
      gateway.send({ method: 'DELETE', path: `/admin/api-keys/${which}`, headers });
    const answers = await Promise.all([remove(one, id, first), remove(other, second.id, { 'x-mcp-key': second.key })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

describe('a gateway that is to share what it keeps for itself', () => {
  it.each([
    ['DATABASE_URL', { MCP_SECRET_KEY: 'a secret that is long enough for it' }],
    ['MCP_SECRET_KEY', { DATABASE_URL: 'postgres://localhost/none' }],
  ])('does not start without %s', async (missing, env) => {
    const starting = createGateway({ ...env, REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'error' });
    await expect(starting).rejects.toThrow(`REDIS_URL needs ${missing}`);
  });
});

describe('a gateway whose Redis cannot be reached', () => {
  it('starts without it and says so', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const replicas = await startReplicas({
      count: 1,
      redisUrl: `redis://127.0.0.1:${port}`,
      services: [GatewayModule],
    });
    try {
      const { status, body } = await replicas.all[0]!.get('/ready', admin);
      expect(status).toBe(200);
      expect(body).toMatchObject({ details: { replicas: { mode: 'shared', redis: { state: 'down' } } } });
    } finally {
      await replicas.close();
    }
  });
});
