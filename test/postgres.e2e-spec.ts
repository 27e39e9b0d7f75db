import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { shopSql } from './fixtures/shop.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

let kids: TestDatabase;
let ozean: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  kids = await createDatabase(shopSql);
  ozean = await createDatabase('CREATE TABLE users (id uuid PRIMARY KEY, name text); CREATE TABLE orders (id int)');
  gateway = await startGateway({
    env: {
      POSTGRES_KA_URL: await kids.readerUrl(),
      POSTGRES_OL_URL: await ozean.readerUrl(),
      POSTGRES_ROOT_URL: kids.url,
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await kids.drop();
  await ozean.drop();
});

async function slash(command: string): Promise<{ status: number; body: { data: unknown; error: unknown } }> {
  const { status, body } = await gateway.post('/mcp/execute', { command });
  return { status, body: body as { data: unknown; error: unknown } };
}

const query = (sql: string, more = {}) =>
  gateway.post('/api/services/postgres/query', { database: 'kids-ascension', query: sql, ...more });

describe('two databases by the names that people know', () => {
  it.each([
    ['kids-ascension-db', ['users', 'videos']],
    ['kids-ascension', ['users', 'videos']],
    ['ozean-licht-db', ['orders', 'users']],
    ['OL', ['orders', 'users']],
  ])('/mcp-postgres %s list tables', async (database, tables) => {
    expect((await slash(`/mcp-postgres ${database} list tables`)).body.data).toMatchObject({ tables });
  });

  it('/mcp-postgres ozean-licht-db describe users', async () => {
    expect((await slash('/mcp-postgres ozean-licht-db describe users')).body.data).toMatchObject({
      name: 'users',
      columns: [
        { name: 'id', type: 'uuid', nullable: false },
        { name: 'name', type: 'text', nullable: true },
      ],
    });
  });

  it('/mcp-postgres kids-ascension-db query "SELECT * FROM videos LIMIT 10"', async () => {
    const { data } = (await slash('/mcp-postgres kids-ascension-db query "SELECT * FROM videos LIMIT 10"')).body;
    expect(data).toMatchObject({
      rowCount: 10,
      more: false,
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'title', type: 'text' },
        { name: 'author_id', type: 'integer' },
        { name: 'price', type: 'numeric' },
      ],
    });
    expect((data as { rows: unknown[] }).rows[0]).toEqual({ id: '1', title: 'Video 1', author_id: 2, price: '1.50' });
  });

  it('says which databases there are when another is named', async () => {
    expect(await slash('/mcp-postgres nowhere list tables')).toMatchObject({
      status: 400,
      body: { error: { message: 'database: expected one of kids-ascension, ozean-licht, root, got "nowhere"' } },
    });
  });

  it('refuses to read as a superuser, and says what to do', async () => {
    const answer = await gateway.post('/api/services/postgres/query', { database: 'root', query: 'SELECT 1' });
    expect(answer).toMatchObject({
      status: 502,
      body: {
        error: {
          kind: 'unavailable',
          message: expect.stringContaining('superuser') as unknown,
          details: { retryable: false },
        },
      },
    });
  });
});

describe('a query that does more than read is refused, and changes nothing', () => {
  it.each([
    ['DELETE FROM users'],
    ['WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone'],
    ['SELECT 1; DELETE FROM users'],
    ['SELECT * INTO copy FROM users'],
    ['SELECT * FROM users FOR UPDATE'],
    ["COPY users TO PROGRAM 'cat'"],
    ['DO $$ BEGIN DELETE FROM users; END $$'],
    ["SELECT set_config('default_transaction_read_only', 'off', false)"],
    ["SELECT pg_read_file('/etc/passwd')"],
    ["SELECT query_to_xml('DELETE FROM users', true, true, '')"],
    ['EXPLAIN ANALYZE DELETE FROM users'],
    ['SET ROLE postgres'],
  ])('%s', async (sql) => {
    expect(await query(sql)).toMatchObject({ status: 400, body: { error: { kind: 'invalid' } } });
    expect(await asSuperuser(kids.name, 'SELECT count(*)::int AS users FROM users')).toEqual([{ users: 20 }]);
  });
});

describe('limits', () => {
  it('tells that there is more', async () => {
    const { body } = await query('SELECT id FROM videos', { limit: 3 });
    expect(body).toMatchObject({ data: { rowCount: 3, more: true } });
  });

  it('ends a query at its own timeout', async () => {
    expect(await query('SELECT pg_sleep(5)', { timeoutMs: 100 })).toMatchObject({
      status: 504,
      body: { error: { kind: 'deadline' } },
    });
  });

  it('tells what PostgreSQL says of a mistake, with its place', async () => {
    expect(await query('SELECT nope FROM users')).toMatchObject({
      status: 422,
      body: {
        error: { kind: 'failed', message: 'column "nope" does not exist', details: { sqlState: '42703', position: 8 } },
      },
    });
  });

  it('asks for write permission to run what it explains', async () => {
    const { body } = await gateway.post(
      '/admin/api-keys',
      { name: 'r', permissions: ['read'] },
      { 'x-mcp-key': ADMIN_KEY },
    );
    const explain = (headers: Record<string, string>) =>
      gateway.post(
        '/api/services/postgres/explain',
        { database: 'kids-ascension', query: 'SELECT 1', analyze: true },
        headers,
      );
    expect(await explain({ 'x-mcp-key': (body as { key: string }).key })).toMatchObject({
      status: 403,
      body: { error: { details: { permission: 'write' } } },
    });
    expect((await explain({})).status).toBe(200);
  });
});

describe('a client that leaves', () => {
  it.each([
    [
      '/mcp/rpc',
      (sql: string) => ({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'sql_query', arguments: { query: sql } },
      }),
    ],
    ['/api/services/postgres/sql-query', (sql: string) => ({ query: sql })],
  ])('takes its query with it (%s)', async (path, bodyOf) => {
    const mark = `left${Date.now()}`;
    const running = () =>
      asSuperuser('postgres', `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%${mark}%'`);
    const leaving = httpRequest(new URL(path, gateway.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify(bodyOf(`SELECT pg_sleep(9), '${mark}'`)));
    await vi.waitFor(async () => expect(await running()).toHaveLength(1), 5_000);
    leaving.destroy();
    await vi.waitFor(async () => expect(await running()).toEqual([]), 1_500);
    expect((await query('SELECT 1 AS one')).body).toMatchObject({ data: { rows: [{ one: 1 }] } });
  });
});

describe('a gateway with a store of the operator’s and no database to read', () => {
  it('shows the service with what is missing', async () => {
    const bare = await startGateway();
    const { body } = await bare.get('/mcp/service/postgres');
    expect(body).toMatchObject({ status: 'not configured', missing: ['POSTGRES_<ID>_URL'] });
    expect(await bare.post('/api/services/postgres/query', { database: 'x', query: 'SELECT 1' })).toMatchObject({
      status: 503,
      body: { error: { code: -32015, kind: 'not-configured', details: { missing: ['POSTGRES_<ID>_URL'] } } },
    });
    expect((await bare.get('/ready')).status).toBe(200);
    await bare.close();
  });
});

describe('a database that is away', () => {
  it('fails the calls that need it, hides nothing of the others, and is used again when it is back', async () => {
    await asSuperuser('postgres', `ALTER DATABASE ${ozean.name} ALLOW_CONNECTIONS false`);
    await asSuperuser(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${ozean.name}'`,
    );
    const list = (database: string) => gateway.post('/api/services/postgres/list-schemas', { database });
    await vi.waitFor(async () => expect((await list('ozean-licht')).status).toBe(502), 5_000);
    expect((await list('kids-ascension')).status).toBe(200);
    expect((await gateway.get('/ready')).status).toBe(200);
    expect((await gateway.get('/mcp/service/postgres')).body).toMatchObject({ status: 'degraded' });
    await asSuperuser('postgres', `ALTER DATABASE ${ozean.name} ALLOW_CONNECTIONS true`);
    await vi.waitFor(async () => expect((await list('ozean-licht')).status).toBe(200), 5_000);
  });
});
