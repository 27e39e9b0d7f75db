import { readFileSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreSettings } from '../libs/core/src/store/store.settings.js';
import { asSuperuser } from './database.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { exchange, statusesOf } from './raw-http.js';

const LIST = '/admin/api-keys';
const admin = { 'x-mcp-key': ADMIN_KEY };
const KEY = /^mcp_live_[0-9A-Za-z]{49}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

interface Shown {
  id: string;
  name: string;
  prefix: string;
  permissions: string[];
  createdAt: string;
  key?: string;
}

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
afterEach(async () => {
  for (const { id } of await all()) await remove(id);
});

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = admin) =>
  gateway.send({
    method,
    path,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const create = async (policy: object) => (await send('POST', LIST, policy)).body as Shown & { key: string };
const remove = (id: string) => send('DELETE', `${LIST}/${id}`);
const change = (id: string, policy: unknown) => send('PATCH', `${LIST}/${id}`, policy);
const uses = async (key: string) => (await gateway.get('/api/tools', { 'x-mcp-key': key })).status;

/** The keys of the store: the one of MCP_ADMIN_KEY is always there. */
async function all(): Promise<Shown[]> {
  const { items } = (await send('GET', `${LIST}?limit=200`)).body as { items: Shown[] };
  return items.filter(({ id }) => id !== 'environment');
}

const errorOf = ({ status, body }: Answer) => {
  const { error } = body as { error: { kind: string; message: string; details: { issues?: { path: string }[] } } };
  return { status, kind: error.kind, paths: error.details.issues?.map(({ path }) => path) };
};

describe('a new key', () => {
  it('is shown once, with what was decided about it', async () => {
    const policy = {
      name: '  Build agents ',
      permissions: ['read', 'postgres:write', 'gateway.echo'],
      owner: 'ada',
      team: 'platform',
      expiresAt: '2999-01-01T01:00:00+01:00',
      allowedNetworks: ['127.0.0.0/8', '::1'],
      limits: { perMinute: 10, perHour: 0, concurrency: 2, tokensPerDay: 1_000_000_000 },
    };
    const { status, body } = await send('POST', LIST, policy);
    const { key, ...rest } = body as Shown;
    expect({ status, key, rest }).toEqual({
      status: 201,
      key: expect.stringMatching(KEY),
      rest: {
        id: expect.stringMatching(UUID),
        name: 'Build agents',
        prefix: key?.slice(0, 15),
        permissions: policy.permissions,
        owner: 'ada',
        team: 'platform',
        expiresAt: '2999-01-01T00:00:00.000Z',
        allowedNetworks: policy.allowedNetworks,
        limits: policy.limits,
        createdAt: expect.stringMatching(TIME),
        lastUsedAt: null,
        useCount: 0,
        overlapUntil: null,
        origin: 'store',
      },
    });
    expect((await send('GET', `${LIST}/${rest.id}`)).body).toEqual(rest);
    expect(await all()).toEqual([rest]);
    expect((await change(rest.id, { name: 'x' })).body).toEqual({ ...rest, name: 'x' });
    expect(await uses(key!)).toBe(200);
  });

  it('needs a name and permissions only', async () => {
    const { key, ...rest } = await create({ name: 'x', permissions: ['*'] });
    expect(key).toMatch(KEY);
    expect(rest).toMatchObject({ owner: null, team: null, expiresAt: null, allowedNetworks: null, limits: null });
  });

  it.each<[body: unknown, paths: string[]]>([
    [{}, ['name', 'permissions']],
    [[], ['arguments']],
    ['x', ['arguments']],
    [null, ['name', 'permissions']],
    [{ name: 'x', permissions: ['read'], nmae: 'y' }, ['nmae']],
    [{ name: 'x', permissions: ['read'], key: 'chosen', id: 'chosen' }, ['key', 'id']],
    [{ name: '', permissions: ['read'] }, ['name']],
    [{ name: '  ', permissions: ['read'] }, ['name']],
    [{ name: 'x'.repeat(201), permissions: ['read'] }, ['name']],
    [{ name: 'a\u0000b', permissions: ['read'] }, ['name']],
    [{ name: 'a\nb', permissions: ['read'] }, ['name']],
    [{ name: '\ud800', permissions: ['read'] }, ['name']],
    [{ name: 'a\u202eb', permissions: ['read'] }, ['name']],
    [{ name: 1, permissions: ['read'] }, ['name']],
    [{ name: 'x', permissions: [] }, ['permissions']],
    [{ name: 'x', permissions: 'read' }, ['permissions']],
    [{ name: 'x', permissions: ['read', 'everything'] }, ['permissions[1]']],
    [{ name: 'x', permissions: ['read'], owner: 'a\u0000' }, ['owner']],
    [{ name: 'x', permissions: ['read'], team: '' }, ['team']],
    [{ name: 'x', permissions: ['read'], expiresAt: '2001-01-01T00:00:00Z' }, ['expiresAt']],
    [{ name: 'x', permissions: ['read'], expiresAt: 'tomorrow' }, ['expiresAt']],
    [{ name: 'x', permissions: ['read'], expiresAt: '2999-13-01T00:00:00Z' }, ['expiresAt']],
    [{ name: 'x', permissions: ['read'], expiresAt: null }, ['expiresAt']],
    [{ name: 'x', permissions: ['read'], allowedNetworks: [] }, ['allowedNetworks']],
    [{ name: 'x', permissions: ['read'], allowedNetworks: ['10/8'] }, ['allowedNetworks[0]']],
    [{ name: 'x', permissions: ['read'], allowedNetworks: ['none'] }, ['allowedNetworks[0]']],
    [{ name: 'x', permissions: ['read'], allowedNetworks: ['!10.0.0.0/8'] }, ['allowedNetworks[0]']],
    [{ name: 'x', permissions: ['read'], allowedNetworks: ['constructor'] }, ['allowedNetworks[0]']],
    [{ name: 'x', permissions: ['read'], limits: null }, ['limits']],
    [{ name: 'x', permissions: ['read'], limits: 5 }, ['limits']],
    [{ name: 'x', permissions: ['read'], limits: [] }, ['limits']],
    [{ name: 'x', permissions: ['read'], limits: { perDay: 1 } }, ['limits.perDay']],
    [
      { name: 'x', permissions: ['read'], limits: { perMinute: -1, perHour: 1.5 } },
      ['limits.perMinute', 'limits.perHour'],
    ],
    [{ name: 'x', permissions: ['read'], limits: { concurrency: '2' } }, ['limits.concurrency']],
    [{ name: 'x', permissions: ['read'], limits: { tokensPerDay: 1_000_000_001 } }, ['limits.tokensPerDay']],
    [{ name: 'x', permissions: ['read'], limits: { perMinute: null } }, ['limits.perMinute']],
  ])('is refused as %j', async (body, paths) => {
    expect(errorOf(await send('POST', LIST, body))).toEqual({ status: 400, kind: 'invalid', paths });
    expect(await all()).toEqual([]);
  });
});

describe('the list', () => {
  it('comes in pages, in the order of creation', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create({ name, permissions: ['read'] });
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = (await send('GET', `${LIST}?limit=2${cursor && `&cursor=${cursor}`}`)).body as {
        items: Shown[];
        nextCursor: string | null;
      };
      pages.push(page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(pages).toEqual([['MCP_ADMIN_KEY', 'a'], ['b', 'c'], ['d']]);
    expect((await send('GET', LIST)).body).toMatchObject({ nextCursor: null });
    expect((await send('GET', `${LIST}?limit=5`)).body).toMatchObject({ nextCursor: null });
  });

  it('goes on where it was after the last key of a page is gone', async () => {
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await create({ name, permissions: ['read'] }));
    const { nextCursor } = (await send('GET', `${LIST}?limit=3`)).body as { nextCursor: string };
    await remove(made[1]!.id);
    const { status, body } = await send('GET', `${LIST}?cursor=${nextCursor}`);
    expect([status, (body as { items: Shown[] }).items.map(({ name }) => name)]).toEqual([200, ['c']]);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1.5',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'cursor=%00',
    `cursor=${'x'.repeat(300)}`,
    'page=2',
    'constructor=1',
  ])('is refused with ?%s', async (query) => {
    expect(errorOf(await send('GET', `${LIST}?${query}`))).toMatchObject({ status: 400, kind: 'invalid' });
  });
});

describe('a change', () => {
  it('holds from the next request on', async () => {
    const { id, key } = await create({ name: 'x', permissions: ['read'] });
    const stats = async () => (await gateway.get('/api/stats', { 'x-mcp-key': key })).status;
    expect(await stats()).toBe(403);
    await change(id, { permissions: ['monitor'] });
    expect(await stats()).toBe(200);
    await change(id, { allowedNetworks: ['10.0.0.0/8'] });
    expect(await stats()).toBe(401);
    await change(id, { allowedNetworks: null });
    expect(await stats()).toBe(200);
  });

  it('touches what it names, and null takes a limit away', async () => {
    const {
      id,
      key: _,
      ...before
    } = await create({ name: 'x', permissions: ['read'], owner: 'o', team: 't', expiresAt: '2999-01-01T00:00:00Z' });
    expect((await change(id, {})).body).toEqual({ id, ...before });
    expect((await change(id, { name: 'y', owner: null, expiresAt: null })).body).toEqual({
      id,
      ...before,
      name: 'y',
      owner: null,
      expiresAt: null,
    });
  });

  it('beside another one loses neither', async () => {
    const { id } = await create({ name: 'x', permissions: ['read'] });
    await Promise.all([change(id, { owner: 'o' }), change(id, { team: 't' }), change(id, { name: 'y' })]);
    const expected = { name: 'y', owner: 'o', team: 't' };
    expect((await send('GET', `${LIST}/${id}`)).body).toMatchObject(expected);
    await gateway.restart();
    expect((await send('GET', `${LIST}/${id}`)).body).toMatchObject(expected);
  });

  it.each<[body: unknown, paths: string[]]>([
    [{ nmae: 'y' }, ['nmae']],
    [{ id: 'y', createdAt: 'z', prefix: 'p', hash: 'h' }, ['id', 'createdAt', 'prefix', 'hash']],
    [{ permissions: [] }, ['permissions']],
    [{ name: null }, ['name']],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, ['expiresAt']],
    [{ limits: { perDay: 1 } }, ['limits.perDay']],
    [{ limits: { perMinute: 0.5 } }, ['limits.perMinute']],
    [{ useCount: 5, lastUsedAt: '2001-01-01T00:00:00Z' }, ['useCount', 'lastUsedAt']],
  ])('%j is refused', async (body, paths) => {
    const { id } = await create({ name: 'x', permissions: ['read'] });
    expect(errorOf(await change(id, body))).toEqual({ status: 400, kind: 'invalid', paths });
  });
});

describe('a deletion', () => {
  it('answers 204, and then the key is refused and its id unknown', async () => {
    const { id, key } = await create({ name: 'x', permissions: ['read'] });
    const { status, text } = await remove(id);
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(await uses(key)).toBe(401);
    expect(errorOf(await remove(id))).toMatchObject({ status: 404, kind: 'unknown' });
    expect(errorOf(await send('GET', `${LIST}/${id}`))).toMatchObject({ status: 404, kind: 'unknown' });
  });

  it('counts at once on a connection that is open', async () => {
    const { id, key } = await create({ name: 'x', permissions: ['read'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<{ status: number; port: number }>((resolve, reject) => {
        const asked = request(`${gateway.url}/api/tools`, { agent, headers: { 'x-mcp-key': key } }, (response) => {
          const port = response.socket.localPort!;
          response.resume().once('end', () => resolve({ status: response.statusCode!, port }));
        });
        asked.once('error', reject).end();
      });
    const before = await ask();
    await remove(id);
    const after = await ask();
    agent.destroy();
    expect([before, after]).toEqual([
      { status: 200, port: before.port },
      { status: 401, port: before.port },
    ]);
  });

  it('wins over a change that runs beside it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, key } = await create({ name: 'x', permissions: ['read'] });
      await Promise.all([change(id, { name: 'y' }), remove(id), change(id, { name: 'z' })]);
      expect([await uses(key), await all()]).toEqual([401, []]);
    }
  });
});

describe('ids that name no key', () => {
  it.each([
    UNKNOWN_ID,
    'x',
    '0',
    '__proto__',
    'constructor',
    '%00',
    '..%2f',
    "'; DROP TABLE api_keys; --",
    'x'.repeat(1_000),
  ])('%s', async (id) => {
    const path = `${LIST}/${id.includes(' ') ? encodeURIComponent(id) : id}`;
    for (const answer of [
      await send('GET', path),
      await send('PATCH', path, { name: 'x' }),
      await send('DELETE', path),
    ]) {
      expect(errorOf(answer)).toMatchObject({ status: 404, kind: 'unknown' });
    }
  });
});

describe('the key of MCP_ADMIN_KEY', () => {
  it('is listed and can be changed by its variable alone', async () => {
    const { status, body } = await send('GET', `${LIST}/environment`);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: 'environment',
        name: 'MCP_ADMIN_KEY',
        prefix: '',
        permissions: ['*'],
        owner: null,
        team: null,
        expiresAt: null,
        allowedNetworks: null,
        limits: null,
        createdAt: expect.stringMatching(TIME),
        lastUsedAt: expect.stringMatching(TIME),
        useCount: expect.any(Number),
        overlapUntil: null,
        origin: 'environment',
      },
    });
    expect(errorOf(await change('environment', { name: 'x' }))).toMatchObject({ status: 409 });
    expect(errorOf(await remove('environment'))).toMatchObject({ status: 409 });
    expect(await uses(ADMIN_KEY)).toBe(200);
  });
});

describe('secrets', () => {
  it('are in no later answer, and in the store as a hash only', async () => {
    const { id, key } = await create({ name: 'x', permissions: ['*'] });
    const own = { 'x-mcp-key': key };
    const answers = [
      await send('GET', LIST),
      await send('GET', `${LIST}/${id}`),
      await change(id, { name: 'y' }),
      await send('GET', LIST, undefined, own),
      await gateway.post('/api/services/gateway/whoami', {}, own),
      await gateway.get(`/health?key=${key}`, own),
      await gateway.get(`/nowhere?api_key=${key}`, own),
      await send('POST', LIST, { name: 'x', permissions: ['read'], key }, own),
      await gateway.get('/api/tools', { 'x-mcp-key': `${key}x` }),
    ];
    const [{ hash, ...row } = {}] = await asSuperuser(databaseOf(gateway), `SELECT * FROM api_keys WHERE id = '${id}'`);
    const texts = [...answers.map(({ text, headers }) => text + JSON.stringify(headers)), JSON.stringify(row)];
    for (const secret of [key, key.slice(15), String(hash), ADMIN_KEY])
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(hash).toMatch(/^[\w-]{43}$/);
  });
});

function databaseOf({ gateway }: TestGateway): string {
  const settings = gateway.app.get(StoreSettings);
  return new URL(settings.databaseUrl!).pathname.slice(1);
}

describe('without MCP_ADMIN_KEY', () => {
  let bare: TestGateway;
  let key: string;
  const file = () => join(bare.directory, 'admin.key');
  const call = (method: string, path: string, body?: unknown) =>
    bare.send({
      method,
      path,
      headers: { 'x-mcp-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const keys = async () =>
    ((await call('GET', LIST)).body as { items: (Shown & { useCount: number; lastUsedAt: string })[] }).items.map(
      ({ useCount: _useCount, lastUsedAt: _lastUsedAt, ...rest }) => rest,
    );

  beforeAll(async () => {
    bare = await startGateway({ env: { MCP_ADMIN_KEY: '' } });
    key = readFileSync(file(), 'utf8').trim();
  });
  afterAll(() => bare.close());

  it('the first start writes one to a file that only its user can read', async () => {
    expect(key).toMatch(KEY);
    expect((statSync(file()).mode & 0o777).toString(8)).toBe('600');
    expect((await keys()).map(({ name, permissions }) => ({ name, permissions }))).toEqual([
      { name: 'first admin', permissions: ['*'] },
    ]);
  });

  it('the last admin key can be neither deleted nor weakened', async () => {
    const [{ id } = { id: '' }] = await keys();
    const last = { status: 409, kind: 'failed' };
    expect(errorOf(await call('DELETE', `${LIST}/${id}`))).toMatchObject(last);
    expect(errorOf(await call('PATCH', `${LIST}/${id}`, { permissions: ['read'] }))).toMatchObject(last);
    const second = (await call('POST', LIST, { name: 'second', permissions: ['admin'] })).body as Shown;
    expect((await call('DELETE', `${LIST}/${second.id}`)).status).toBe(204);
    expect(errorOf(await call('DELETE', `${LIST}/${id}`))).toMatchObject(last);
  });

  it('a change that would take the key no more from where its request comes is refused', async () => {
    const [{ id } = { id: '' }] = await keys();
    const elsewhere = { allowedNetworks: ['10.0.0.0/8'] };
    const path = `${LIST}/${id}`;
    const asOther = (other: string, body: object) =>
      bare.send({
        method: 'PATCH',
        path,
        headers: { 'x-mcp-key': other, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect(await call('PATCH', path, elsewhere)).toMatchObject({
      status: 409,
      body: {
        error: {
          message: 'allowedNetworks would not hold the address from which this request comes, and lock you out',
        },
      },
    });
    const second = (await call('POST', LIST, { name: 'second', permissions: ['*'] })).body as Shown;
    expect((await call('PATCH', path, elsewhere)).status).toBe(409);
    expect((await call('PATCH', path, { allowedNetworks: ['10.0.0.0/8', '127.0.0.1'] })).status).toBe(200);
    expect((await asOther(second.key!, elsewhere)).status).toBe(200);
    expect((await asOther(second.key!, { allowedNetworks: null })).status).toBe(200);
    expect((await call('DELETE', `${LIST}/${second.id}`)).status).toBe(204);
    const temporary = { name: 'x', permissions: ['*'], expiresAt: '2999-01-01T00:00:00Z' };
    const third = (await call('POST', LIST, temporary)).body as Shown;
    expect(await asOther(third.key!, elsewhere)).toMatchObject({
      status: 409,
      body: {
        error: { message: 'This change would leave no admin key that lasts as long; create another one first' },
      },
    });
    expect((await call('PATCH', path, { allowedNetworks: null })).status).toBe(200);
    expect((await call('DELETE', `${LIST}/${third.id}`)).status).toBe(204);
  });

  it('two admins that are deleted at the same time leave one', async () => {
    const [first] = await keys();
    const second = (await call('POST', LIST, { name: 'second', permissions: ['*'] })).body as Shown;
    // on one connection and in one packet, so that both are let in before either is done
    const asked = [first!, second].map(
      ({ id }, i) =>
        `DELETE ${LIST}/${id} HTTP/1.1\r\nHost: localhost\r\nX-MCP-Key: ${key}\r\n${i ? 'Connection: close\r\n' : ''}\r\n`,
    );
    expect(statusesOf(await exchange(bare.url, asked.join('')))).toEqual([204, 409]);
    key = second.key!;
    expect(await keys()).toHaveLength(1);
  });

  it('keys work after a restart on the same data directory and database, and no new one is made', async () => {
    const reader = (await call('POST', LIST, { name: 'reader', permissions: ['read'] })).body as Shown;
    const before = await keys();
    const written = readFileSync(file(), 'utf8');
    await bare.restart();
    expect((await bare.get('/api/tools', { 'x-mcp-key': reader.key! })).status).toBe(200);
    expect(await keys()).toEqual(before);
    expect(readFileSync(file(), 'utf8')).toBe(written);
  });

  it('its key may become MCP_ADMIN_KEY later, and outlives the stored one', async () => {
    const [{ id } = { id: '' }] = (await keys()).filter(({ permissions }) => permissions[0] === '*');
    await bare.restart({ MCP_ADMIN_KEY: key });
    expect((await call('DELETE', `${LIST}/${id}`)).status).toBe(204);
    expect((await call('GET', LIST)).status).toBe(200);
  });
});
