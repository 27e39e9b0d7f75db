import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { shopSql } from './fixtures/shop.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

let shop: TestDatabase;
let gateway: TestGateway;
const admin = { 'x-mcp-key': ADMIN_KEY };
const keys: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  shop = await createDatabase(shopSql);
  const url = await shop.readerUrl();
  const role = new URL(url).username;
  await asSuperuser(
    shop.name,
    `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`,
  );
  gateway = await startGateway({
    env: {
      POSTGRES_SHOP_URL: url,
      POSTGRES_SHOP_WRITE: 'true',
      POSTGRES_FIXED_URL: url,
      POSTGRES_ROOT_URL: shop.url,
      POSTGRES_ROOT_ALLOW_SUPERUSER: 'true',
      POSTGRES_ROOT_WRITE: 'true',
    },
  });
  for (const permissions of [['read'], ['write'], ['write', 'admin']]) {
    const { body } = await gateway.post('/admin/api-keys', { name: permissions.join(), permissions }, admin);
    keys[permissions.join('+')] = { 'x-mcp-key': (body as { key: string }).key };
  }
});
beforeEach(() => asSuperuser(shop.name, "UPDATE users SET name = 'User ' || id"));
afterAll(async () => {
  await gateway.close();
  await shop.drop();
});

const execute = (query: string, key: string, more = {}) =>
  gateway.post('/api/services/postgres/execute', { database: 'shop', query, ...more }, keys[key]);
const namesOf = (name: string) => asSuperuser(shop.name, `SELECT id FROM users WHERE name = '${name}'`);

describe('a change', () => {
  const rename = 'UPDATE users SET name = $2 WHERE id = $1 RETURNING id, name';
  const answer = {
    command: 'UPDATE',
    rowCount: 1,
    rows: [{ id: 3, name: 'Eve' }],
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'name', type: 'text' },
    ],
    more: false,
  };

  it('is made through the REST door', async () => {
    const { status, body } = await execute(rename, 'write', { params: [3, 'Eve'] });
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success', data: answer } });
    expect(await namesOf('Eve')).toEqual([{ id: 3 }]);
  });

  it('is made by a slash command', async () => {
    const command = `/mcp-postgres shop execute "${rename}" {"params": [3, "Eve"]}`;
    expect((await gateway.post('/mcp/execute', { command }, keys.write)).body).toMatchObject({ data: answer });
    expect(await namesOf('Eve')).toEqual([{ id: 3 }]);
  });

  it('is made by a tool call', async () => {
    const call = { name: 'postgres_execute', arguments: { database: 'shop', query: rename, params: [3, 'Eve'] } };
    const { result } = await gateway.rpc('tools/call', call, keys.write);
    expect(result).toMatchObject({ isError: false, structuredContent: answer });
    expect(await namesOf('Eve')).toEqual([{ id: 3 }]);
  });
});

describe('who may change what', () => {
  it.each([
    ['read', 'DELETE FROM videos', 'write'],
    ['write', 'CREATE TABLE made (id int)', 'admin'],
    ['write', '/* harmless */ DROP TABLE users', 'admin'],
    ['write', 'TRUNCATE users CASCADE', 'admin'],
  ])('with %s, %s needs the permission %s', async (key, sql, permission) => {
    const answer = await execute(sql, key);
    expect(answer).toMatchObject({ status: 403, body: { error: { kind: 'forbidden', details: { permission } } } });
  });

  it('an admin defines tables', async () => {
    const statements = [
      'CREATE TABLE made (id int PRIMARY KEY, name text)',
      "INSERT INTO made VALUES (1, 'a')",
      'ALTER TABLE made ADD COLUMN b int',
      'DROP TABLE made',
    ];
    const commands: unknown[] = [];
    for (const sql of statements) {
      const { body } = await execute(sql, 'write+admin');
      commands.push((body as { data: { command: string } }).data.command);
    }
    expect(commands).toEqual(['CREATE TABLE', 'INSERT', 'ALTER TABLE', 'DROP TABLE']);
  });

  it('nobody changes a database for which it is not allowed, and is told the variable', async () => {
    const answer = await gateway.post(
      '/api/services/postgres/execute',
      { database: 'fixed', query: 'DELETE FROM videos' },
      admin,
    );
    expect(answer).toMatchObject({
      status: 503,
      body: { error: { code: -32015, kind: 'not-configured', details: { missing: ['POSTGRES_FIXED_WRITE'] } } },
    });
  });

  it('nobody changes anything as a superuser', async () => {
    const answer = await gateway.post(
      '/api/services/postgres/execute',
      { database: 'root', query: 'DELETE FROM videos' },
      admin,
    );
    expect(answer).toMatchObject({ status: 422, body: { error: { kind: 'failed' } } });
  });

  it('nobody cancels without the permission admin', async () => {
    const cancel = (key: string) =>
      gateway.post('/api/services/postgres/cancel-query', { database: 'shop', pid: 2_000_000_000 }, keys[key]);
    expect(await cancel('write')).toMatchObject({ status: 403, body: { error: { details: { permission: 'admin' } } } });
    expect(await cancel('write+admin')).toMatchObject({ status: 422, body: { error: { kind: 'failed' } } });
  });
});

describe('what is no change is refused, and nothing happens', () => {
  it.each([
    ['BEGIN'],
    ['COMMIT'],
    ['DELETE FROM videos; DELETE FROM users'],
    ['SET ROLE postgres'],
    ['RESET ALL'],
    ['LISTEN news'],
    ["COPY users FROM PROGRAM 'id'"],
    ['DO $$ BEGIN DELETE FROM videos; END $$'],
    ['CALL anything()'],
    ["UPDATE users SET name = pg_read_file('/etc/passwd')"],
    ["UPDATE users SET name = set_config('default_transaction_read_only', 'off', false)"],
    ['CREATE TEMPORARY TABLE a (b int)'],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ['GRANT ALL ON users TO PUBLIC'],
  ])('%s', async (sql) => {
    expect(await execute(sql, 'write+admin')).toMatchObject({ status: 400, body: { error: { kind: 'invalid' } } });
    expect(await asSuperuser(shop.name, 'SELECT count(*)::int AS n FROM videos')).toEqual([{ n: 300 }]);
  });

  it('what only reads goes on reading only', async () => {
    const sql = 'WITH gone AS (DELETE FROM videos RETURNING *) SELECT * FROM gone';
    const answer = await gateway.post('/api/services/postgres/query', { database: 'shop', query: sql }, admin);
    expect(answer).toMatchObject({ status: 400, body: { error: { kind: 'invalid' } } });
  });
});

describe('a change that does not come to its end is rolled back', () => {
  it('at its timeout', async () => {
    const answer = await execute("UPDATE users SET name = 'late' || pg_sleep(5)", 'write', { timeoutMs: 100 });
    expect(answer).toMatchObject({ status: 504, body: { error: { kind: 'deadline' } } });
    expect(await namesOf('late')).toEqual([]);
  });

  it('when PostgreSQL refuses it', async () => {
    expect(await execute("INSERT INTO users VALUES (99, 'New'), (1, 'Twice')", 'write')).toMatchObject({
      status: 422,
      body: { error: { kind: 'failed', details: { sqlState: '23505' } } },
    });
    expect(await namesOf('New')).toEqual([]);
  });

  it('when the client leaves', async () => {
    const running = () =>
      asSuperuser(
        'postgres',
        `SELECT 1 FROM pg_stat_activity WHERE datname = '${shop.name}' AND query LIKE '%left%' AND state = 'active'`,
      );
    const leaving = httpRequest(new URL('/api/services/postgres/execute', gateway.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...keys.write },
    });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify({ database: 'shop', query: "UPDATE users SET name = 'left' || pg_sleep(9)" }));
    await vi.waitFor(async () => expect(await running()).toHaveLength(1), 5_000);
    leaving.destroy();
    await vi.waitFor(async () => expect(await running()).toEqual([]), 1_500);
    expect(await namesOf('left')).toEqual([]);
    expect(await execute("UPDATE users SET name = 'fine' WHERE id = 1", 'write')).toMatchObject({ status: 200 });
  });
});
