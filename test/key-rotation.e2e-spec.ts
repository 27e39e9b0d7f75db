import { rmSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi, type MockInstance } from 'vitest';
import { SecretKey } from '../libs/core/src/store/secret-key.js';
import { StoreSettings } from '../libs/core/src/store/store.settings.js';
import { TextSeal } from '../libs/core/src/store/text-seal.js';
import { asSuperuser } from './database.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const LIST = '/admin/api-keys';
const admin = { 'x-mcp-key': ADMIN_KEY };
const KEY = /^mcp_live_[0-9A-Za-z]{49}$/;

interface Key {
  id: string;
  key: string;
}

type Shown = Record<'id' | 'prefix' | 'overlapUntil' | 'lastUsedAt' | 'createdAt', string> & { useCount: number };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const of = (key: string) => ({ 'x-mcp-key': key });
const create = async (policy: object = {}, at = gateway, by = admin) =>
  (await at.post(LIST, { name: 'x', permissions: ['read'], ...policy }, by)).body as Key;
const rotate = (id: string, body: unknown = {}, by = admin, at = gateway) => at.post(`${LIST}/${id}/rotate`, body, by);
const keyOf = ({ body }: Answer) => (body as Key).key;
const read = async (id: string, at = gateway) => (await at.get(`${LIST}/${id}`, admin)).body as Shown;
const uses = async (key: string, at = gateway) => (await at.get('/api/tools', of(key))).status;
const patch = (id: string, body: object, by: Record<string, string>, at = gateway) =>
  at.send({
    method: 'PATCH',
    path: `${LIST}/${id}`,
    headers: { ...by, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const remove = (id: string, by: Record<string, string>, at = gateway) =>
  at.send({ method: 'DELETE', path: `${LIST}/${id}`, headers: by });

describe('a rotation', () => {
  it('puts a new key in the place of the old one, which is refused at once', async () => {
    const { id, key, ...before } = await create({
      owner: 'o',
      limits: { perMinute: 7 },
      expiresAt: '2999-01-01T00:00:00Z',
    });
    expect(await uses(key)).toBe(200);
    const { status, body } = await rotate(id);
    const fresh = (body as Key).key;
    expect({ status, body }).toEqual({ status: 200, body: { id, key: expect.stringMatching(KEY) } });
    expect(fresh).not.toBe(key);
    expect([await uses(key), await uses(fresh)]).toEqual([401, 200]);
    expect(await read(id)).toEqual({
      id,
      ...before,
      prefix: fresh.slice(0, 15),
      useCount: 2,
      lastUsedAt: expect.any(String),
    });
    await gateway.restart();
    expect([await uses(key), await uses(fresh)]).toEqual([401, 200]);
  });

  it('with an overlap leaves the old key until then, as the same caller', async () => {
    const { id, key } = await create();
    const before = Date.now();
    const answer = await rotate(id, { overlapSeconds: 2 });
    const after = Date.now();
    const end = Date.parse((await read(id)).overlapUntil);
    expect(end).toBeGreaterThanOrEqual(before + 2_000);
    expect(end).toBeLessThanOrEqual(after + 2_000);
    const whoami = (presented: string) => gateway.post('/api/services/gateway/whoami', {}, of(presented));
    const callers = [await whoami(key), await whoami(keyOf(answer))].map(
      ({ body }) => (body as { data: unknown }).data,
    );
    expect(callers[0]).toEqual(callers[1]);
    await vi.waitFor(async () => expect(await uses(key)).toBe(401), { timeout: 5_000, interval: 50 });
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    expect(await uses(keyOf(answer))).toBe(200);
    expect((await read(id)).overlapUntil).toBeNull();
  });

  it('during an overlap ends the older one', async () => {
    const { id, key: first } = await create();
    const second = keyOf(await rotate(id, { overlapSeconds: 600 }));
    const third = keyOf(await rotate(id, { overlapSeconds: 600 }));
    expect([await uses(first), await uses(second), await uses(third)]).toEqual([401, 200, 200]);
    const fourth = keyOf(await rotate(id));
    expect([await uses(second), await uses(third), await uses(fourth)]).toEqual([401, 401, 200]);
  });

  it('with an overlap survives a restart and a change, and ends with a deletion', async () => {
    const { id, key } = await create();
    const fresh = keyOf(await rotate(id, { overlapSeconds: 604_800 }));
    await gateway.restart();
    expect([await uses(key), await uses(fresh)]).toEqual([200, 200]);
    await patch(id, { name: 'y', allowedNetworks: ['10.0.0.0/8'] }, admin);
    expect([await uses(key), await uses(fresh)]).toEqual([401, 401]);
    await patch(id, { allowedNetworks: null }, admin);
    expect([await uses(key), await uses(fresh)]).toEqual([200, 200]);
    await remove(id, admin);
    expect([await uses(key), await uses(fresh)]).toEqual([401, 401]);
  });

  it('beside another one leaves one key', async () => {
    const { id, key } = await create();
    const made = (await Promise.all([rotate(id), rotate(id), rotate(id)])).map(keyOf);
    const statuses = await Promise.all([key, ...made].map((each) => uses(each)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it.each([
    { overlapSeconds: -1 },
    { overlapSeconds: 1.5 },
    { overlapSeconds: '10' },
    { overlapSeconds: null },
    { overlapSeconds: 604_801 },
    { overlap: 1 },
    { key: 'chosen' },
    [],
    'x',
  ])('is refused with %j', async (body) => {
    const { id, key } = await create();
    expect([(await rotate(id, body)).status, await uses(key)]).toEqual([400, 200]);
  });

  it('needs no body', async () => {
    const { id } = await create();
    expect((await gateway.send({ method: 'POST', path: `${LIST}/${id}/rotate`, headers: admin })).status).toBe(200);
  });

  it('is refused for a key that is not there, that has expired, or that MCP_ADMIN_KEY sets', async () => {
    const { id, key } = await create({ expiresAt: new Date(Date.now() + 600).toISOString() });
    await vi.waitFor(async () => expect(await uses(key)).toBe(401), 5_000);
    expect((await rotate(id)).status).toBe(409);
    expect((await rotate('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await rotate('__proto__')).status).toBe(404);
    expect((await rotate('environment')).status).toBe(409);
    expect(await uses(ADMIN_KEY)).toBe(200);
  });
});

describe('limits', () => {
  it('are replaced as a whole, and taken away by null', async () => {
    const { id } = await create({ limits: { perMinute: 5, concurrency: 0 } });
    expect(await read(id)).toMatchObject({ limits: { perMinute: 5, concurrency: 0 } });
    await gateway.restart();
    expect(await read(id)).toMatchObject({ limits: { perMinute: 5, concurrency: 0 } });
    expect((await patch(id, { limits: { tokensPerDay: 9 } }, admin)).body).toHaveProperty('limits', {
      tokensPerDay: 9,
    });
    expect((await patch(id, { name: 'y' }, admin)).body).toHaveProperty('limits', { tokensPerDay: 9 });
    expect((await patch(id, { limits: null }, admin)).body).toHaveProperty('limits', null);
    expect((await patch(id, { limits: {} }, admin)).body).toHaveProperty('limits', null);
  });
});

describe('the use of a key', () => {
  it.each(['on', 'off'])('is counted once a request with HOT_PATH=%s, and outlives a restart', async (hotPath) => {
    await gateway.restart({ HOT_PATH: hotPath });
    const { id, key } = await create();
    const before = Date.now();
    await gateway.rpc('ping', undefined, of(key));
    await gateway.get('/api/tools', of(key));
    await gateway.post('/api/services/gateway/whoami', {}, of(key));
    await gateway.get('/api/stats', of(key)); // 403, and a use all the same
    await gateway.get('/health', of(key));
    await gateway.get('/api/tools', { ...of(key), 'x-api-key': ADMIN_KEY }); // 401
    const shown = await read(id);
    expect(shown.useCount).toBe(5);
    expect(Date.parse(shown.lastUsedAt)).toBeGreaterThanOrEqual(before);
    await gateway.restart();
    expect(await read(id)).toEqual(shown);
    await uses(key);
    await patch(id, { name: 'y' }, admin);
    await rotate(id, { overlapSeconds: 60 });
    await uses(key);
    expect((await read(id)).useCount).toBe(7);
    await gateway.restart();
    expect((await read(id)).useCount).toBe(7);
  });
});

describe('the last admin key', () => {
  let bare: TestGateway;
  let by: Record<string, string>;
  let first: string;
  beforeAll(async () => {
    bare = await startGateway({ env: { MCP_ADMIN_KEY: '' } });
    by = of(readFileSync(join(bare.directory, 'admin.key'), 'utf8').trim());
    first = ((await bare.get(LIST, by)).body as { items: Key[] }).items[0]!.id;
  });
  afterAll(() => bare.close());

  it('can be rotated, but not made to expire', async () => {
    const fresh = keyOf(await rotate(first, {}, by as typeof admin, bare));
    expect((await bare.get(LIST, by)).status).toBe(401);
    by = of(fresh);
    expect((await patch(first, { expiresAt: '2999-01-01T00:00:00Z' }, by, bare)).status).toBe(409);
  });

  it('does not give way to one that expires', async () => {
    const second = await create({ permissions: ['*'], expiresAt: '2999-01-01T00:00:00Z' }, bare, by as typeof admin);
    expect((await remove(first, by, bare)).status).toBe(409);
    expect((await patch(first, { permissions: ['read'] }, by, bare)).status).toBe(409);
    expect((await remove(second.id, by, bare)).status).toBe(204);
  });

  it('gives way to one that lasts', async () => {
    const second = await create({ permissions: ['admin'] }, bare, by as typeof admin);
    expect((await patch(first, { expiresAt: '2999-01-01T00:00:00Z' }, by, bare)).status).toBe(200);
    expect((await remove(second.id, by, bare)).status).toBe(409);
    expect((await patch(first, { expiresAt: null }, by, bare)).status).toBe(200);
    expect((await remove(second.id, by, bare)).status).toBe(204);
  });
});

describe('another MCP_SECRET_KEY', () => {
  const A = 'a'.repeat(32);
  const B = 'b'.repeat(32);
  let warnings: MockInstance<(message: unknown) => void>;
  const told = () => warnings.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('API keys'));
  beforeAll(() => {
    warnings = vi.spyOn(Logger.prototype, 'warn');
  });
  afterEach(() => {
    warnings.mockClear();
  });
  afterAll(() => {
    warnings.mockRestore();
  });

  async function withGateway(env: Record<string, string>, work: (at: TestGateway) => Promise<void>): Promise<void> {
    const at = await startGateway({ env });
    try {
      await work(at);
    } finally {
      await at.close();
    }
  }

  it('takes keys over as they are used, while the previous one is given', async () => {
    await withGateway({ MCP_SECRET_KEY: A }, async (at) => {
      const [used, unused] = [await create({}, at), await create({}, at)];
      expect(told()).toEqual([]);
      await at.restart({ MCP_SECRET_KEY: B, MCP_SECRET_KEY_PREVIOUS: A });
      expect(told()).toEqual([expect.stringMatching(/^2 API keys still need the previous MCP_SECRET_KEY/)]);
      expect([await uses(used.key, at), await uses(used.key, at)]).toEqual([200, 200]);
      warnings.mockClear();
      await at.restart({ MCP_SECRET_KEY: B });
      expect([await uses(used.key, at), await uses(unused.key, at)]).toEqual([200, 401]);
      expect(told()).toEqual([
        expect.stringMatching(/^1 API keys were made under another MCP_SECRET_KEY and are refused/),
      ]);
      await at.restart({ MCP_SECRET_KEY: B, MCP_SECRET_KEY_PREVIOUS: A });
      expect([await uses(used.key, at), await uses(unused.key, at)]).toEqual([200, 200]);
      warnings.mockClear();
      await at.restart({ MCP_SECRET_KEY: B });
      expect([await uses(used.key, at), await uses(unused.key, at), told()]).toEqual([200, 200, []]);
    });
  });

  it('keeps what a rotation and a change do to a key that was not used yet', async () => {
    await withGateway({ MCP_SECRET_KEY: A }, async (at) => {
      const { id, key } = await create({}, at);
      await at.restart({ MCP_SECRET_KEY: B, MCP_SECRET_KEY_PREVIOUS: A });
      await patch(id, { name: 'y' }, admin, at);
      const fresh = keyOf(await rotate(id, { overlapSeconds: 600 }, admin, at));
      expect([await uses(key, at), await uses(fresh, at)]).toEqual([200, 200]);
      await at.restart({ MCP_SECRET_KEY: B });
      expect([await uses(key, at), await uses(fresh, at)]).toEqual([401, 200]);
    });
  });

  it('takes over what is sealed in the store and what the audit was signed with', async () => {
    const sealOf = (secret: string, purpose: string) =>
      new TextSeal(new SecretKey(secret, undefined as never, secret), purpose);
    const ofGrant = JSON.stringify(['far', 'ada']);
    const sealed: [purpose: string, place: string, statement: string][] = [
      ['upstream-grants', ofGrant, `INSERT INTO upstream_grants VALUES ('far', 'ada', '$', now())`],
      ['upstream-targets', 'mine', `INSERT INTO upstreams (name, target, description, enabled, overrides, created_at)
        VALUES ('mine', '$', '', false, '{}', now())`],
    ]; // prettier-ignore
    await withGateway({ MCP_SECRET_KEY: A }, async (at) => {
      const database = new URL(at.gateway.app.get(StoreSettings).databaseUrl!).pathname.slice(1);
      for (const [purpose, place, statement] of sealed) {
        const text = sealOf(A, purpose).seal('{"url":"https://mcp.example.com/"}', place);
        await asSuperuser(database, statement.replace('$', text));
      }
      const verified = async () => (await at.get('/admin/audit/verify', admin)).body as { valid: boolean };
      await at.post('/api/services/gateway/whoami', {}, admin);
      expect(await verified()).toMatchObject({ valid: true });
      const shows = async () => (await at.get('/admin/upstreams/mine', admin)).status;
      for (const env of [
        { MCP_SECRET_KEY: B, MCP_SECRET_KEY_PREVIOUS: A },
        { MCP_SECRET_KEY: B, MCP_SECRET_KEY_PREVIOUS: '' },
      ]) {
        await at.restart(env);
        expect([await shows(), (await verified()).valid]).toEqual([200, true]);
      }
      const [{ sealed: grant } = {}] = await asSuperuser(database, 'SELECT sealed FROM upstream_grants');
      expect(sealOf(B, 'upstream-grants').open(String(grant), ofGrant)).toBe('{"url":"https://mcp.example.com/"}');
    });
  });

  it('in the place of secret.key takes keys over too, until that file is gone', async () => {
    await withGateway({}, async (at) => {
      const [used, unused] = [await create({}, at), await create({}, at)];
      await at.restart({ MCP_SECRET_KEY: B });
      expect(await uses(used.key, at)).toBe(200);
      rmSync(join(at.directory, 'secret.key'));
      await at.restart({ MCP_SECRET_KEY: B });
      expect([await uses(used.key, at), await uses(unused.key, at)]).toEqual([200, 401]);
    });
  });

  it('without the previous one locks nobody out: a new admin key is made', async () => {
    await withGateway({ MCP_SECRET_KEY: A, MCP_ADMIN_KEY: '' }, async (at) => {
      const file = () => readFileSync(join(at.directory, 'admin.key'), 'utf8').trim();
      const before = file();
      await at.restart({ MCP_SECRET_KEY: B });
      expect(file()).not.toBe(before);
      expect([(await at.get(LIST, of(before))).status, (await at.get(LIST, of(file()))).status]).toEqual([401, 200]);
    });
  });
});
