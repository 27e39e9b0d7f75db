import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '#libs/core';
import { OperationError } from '#libs/kit';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

interface Page {
  rows: { id: number }[];
  columns: unknown[];
  rowCount: number;
  more: boolean;
  cursor?: string;
}
type Input = Record<string, unknown> & { cursor?: string | undefined };
type Ask = (input: Input) => Promise<Page>;

const admin = { 'x-mcp-key': ADMIN_KEY };
const seed = 'CREATE TABLE items AS SELECT n AS id FROM generate_series(1, 250) n';
const sql = 'SELECT id FROM items';
const ids = (...pages: Page[]) => pages.flatMap(({ rows }) => rows.map(({ id }) => id));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

let shop: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await createDatabase(seed);
  gateway = await startGateway({ env: { POSTGRES_SHOP_URL: await shop.readerUrl(), DB_POOL_MAX: '1' } });
});
afterAll(async () => {
  await gateway.close();
  await shop.drop();
});
beforeEach(() => asSuperuser(shop.name, `DROP TABLE items; ${seed}; GRANT SELECT ON items TO PUBLIC`));

const post = (input: Input, headers = {}) => gateway.post('/api/services/postgres/query', input, headers);
const dataOf = ({ status, body }: Answer): Page => {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { data: Page }).data;
};
const query: Ask = async (input) => dataOf(await post(input));
const start = (more: Input = {}) => query({ database: 'shop', query: sql, limit: 100, ...more });

const doors: Record<string, Ask> = {
  REST: query,
  'a slash command': async ({ cursor, query: text, limit }) => {
    const command =
      cursor === undefined
        ? `/mcp-postgres shop query "${String(text)}" --limit ${String(limit)}`
        : `/mcp-postgres next-rows ${cursor}`;
    return dataOf(await gateway.post('/mcp/execute', { command }));
  },
  'a slash command with a flag': async ({ cursor, query: text, limit }) => {
    const rest = cursor === undefined ? `"${String(text)}" --limit ${String(limit)}` : `--cursor=${cursor}`;
    return dataOf(await gateway.post('/mcp/execute', { command: `/mcp-postgres shop query ${rest}` }));
  },
  'mcp.execute': async (input) => {
    const { result } = await gateway.rpc('mcp.execute', { service: 'postgres', operation: 'query', ...input });
    return (result as { data: Page }).data;
  },
  'tools/call': async (input) => {
    const { result } = await gateway.rpc('tools/call', { name: 'postgres_query', arguments: input });
    return (result as { structuredContent: Page }).structuredContent;
  },
  MCP: async (input) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { name: 'postgres_query', arguments: input, _meta };
    const { body } = await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'postgres_query',
      },
    );
    return (body as { result: { structuredContent: Page } }).result.structuredContent;
  },
};

describe('a cursor', () => {
  it.each(Object.entries(doors))('leads through a whole result: %s', async (_name, ask) => {
    const first = await ask({ database: 'shop', query: sql, limit: 100 });
    const second = await ask({ cursor: first.cursor });
    const third = await ask({ cursor: second.cursor });
    expect([first, second, third].map(({ rowCount, more }) => [rowCount, more])).toEqual([
      [100, true],
      [100, true],
      [50, false],
    ]);
    expect(ids(first, second, third)).toEqual(upTo(250));
    expect(third).not.toHaveProperty('cursor');
    expect(third.columns).toEqual([{ name: 'id', type: 'integer' }]);
  });

  it('is there for sql_query too', async () => {
    const ask = async (input: Input) => dataOf(await gateway.post('/api/services/postgres/sql-query', input));
    const first = await ask({ query: sql });
    const second = await ask({ cursor: first.cursor });
    expect(ids(first, second)).toEqual(upTo(200));
  });

  it('skips and repeats nothing when the data changes between two pages', async () => {
    const first = await start({ query: 'SELECT id FROM items ORDER BY id' });
    await asSuperuser(shop.name, 'DELETE FROM items WHERE id % 2 = 0; UPDATE items SET id = -id; TRUNCATE items');
    const second = await query({ cursor: first.cursor, limit: 1_000 });
    expect(ids(first, second)).toEqual(upTo(250));
  });

  it('holds no connection, and needs none: neither the pool nor a database that is away matters to it', async () => {
    const first = await start();
    expect(dataOf(await post({ database: 'shop', query: 'SELECT 1 AS id' })).rows).toEqual([{ id: 1 }]);
    await asSuperuser('postgres', `ALTER DATABASE ${shop.name} ALLOW_CONNECTIONS false`);
    await asSuperuser(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${shop.name}'`,
    );
    await vi.waitFor(async () => expect((await post({ database: 'shop', query: 'SELECT 1' })).status).toBe(502), 5_000);
    expect(ids(first, await query({ cursor: first.cursor, limit: 1_000 }))).toEqual(upTo(250));
    await asSuperuser('postgres', `ALTER DATABASE ${shop.name} ALLOW_CONNECTIONS true`);
    await vi.waitFor(
      async () => expect((await post({ database: 'shop', query: 'SELECT 1' })).status).toBe(200),
      10_000,
    );
  }, 20_000);

  it('gives the same page however often and at once it is used', async () => {
    const { cursor } = await start();
    const [one, other] = await Promise.all([query({ cursor }), query({ cursor })]);
    expect(one).toEqual(other);
    expect(await query({ cursor })).toEqual(one);
  });

  it('outlives the gateway, and its hour is its end', async () => {
    const first = await start();
    await gateway.restart();
    expect(ids(first, await query({ cursor: first.cursor }))).toEqual(upTo(200));
    const store = gateway.gateway.app.get(Store);
    const minutes = `round(extract(epoch FROM expires_at - created_at) / 60)::int AS minutes`;
    const id = first.cursor!.split('.')[0];
    expect(
      await store.run((manager) => manager.query(`SELECT ${minutes} FROM stored_results WHERE id = $1`, [id])),
    ).toEqual([{ minutes: 60 }]);
    await store.run((manager) => manager.query('UPDATE stored_results SET expires_at = now() WHERE id = $1', [id]));
    expect(await post({ cursor: first.cursor })).toMatchObject({
      status: 404,
      body: {
        error: {
          code: -32014,
          message:
            'There is no such cursor for this caller; cursors expire after an hour. Run the query again to get a new one.',
        },
      },
    });
  });

  it('waits in memory while the store is away', async () => {
    const away = vi
      .spyOn(gateway.gateway.app.get(Store), 'run')
      .mockRejectedValue(new OperationError('unavailable', 'The store is away'));
    const first = await start();
    const second = await query({ cursor: first.cursor });
    away.mockRestore();
    expect(ids(first, second)).toEqual(upTo(200));
  });

  it('goes on after rows that a budget cut from its page, and those are kept', async () => {
    await asSuperuser(shop.name, `ALTER TABLE items ADD body text DEFAULT repeat('some words ', 40)`);
    const answer = await post({ database: 'shop', query: 'SELECT id, body FROM items', limit: 200 });
    const first = dataOf(answer);
    const { truncated } = (
      answer.body as { metadata: { truncated: { resultId: string; shown: number; total: number } } }
    ).metadata;
    expect(first).toMatchObject({ rowCount: 200, more: true });
    expect(truncated).toMatchObject({ shown: first.rows.length, total: 200 });
    const rest: { id: number }[] = [];
    for (let offset: number | null = truncated.shown; offset !== null;) {
      const read = await gateway.post('/api/services/gateway/read_result', { id: truncated.resultId, offset });
      const page = (read.body as { data: { items: { id: number }[]; nextOffset: number | null } }).data;
      rest.push(...page.items);
      offset = page.nextOffset;
    }
    const second = await query({ cursor: first.cursor, limit: 25 });
    const third = await query({ cursor: second.cursor });
    expect([...ids(first), ...rest.map(({ id }) => id), ...ids(second, third)]).toEqual(upTo(250));
  });
});

describe('a cursor is refused', () => {
  const unknown = { status: 404, body: { error: { code: -32014, kind: 'unknown' } } };

  it('in the hands of another caller, as one that never was', async () => {
    const { cursor } = await start();
    const stripped = ({ status, body }: Answer) => ({
      status,
      body: JSON.stringify(body).replace(/"requestId":"[^"]*"/, ''),
    });
    const foreign = await post({ cursor }, admin);
    expect(foreign).toMatchObject(unknown);
    const madeUp = await post({ cursor: `rows_${'0'.repeat(32)}.0.100` }, admin);
    expect(stripped(foreign)).toEqual(stripped(madeUp));
  });

  it.each([['nonsense'], ['rows_.0.10'], [`rows_${'0'.repeat(32)}.-1.10`], [`rows_${'0'.repeat(32)}.0.10001`]])(
    'where it is none: %s',
    async (cursor) => {
      expect(await post({ cursor })).toMatchObject(unknown);
    },
  );

  it('beside another query than its own, and taken beside its own', async () => {
    const question = { database: 'shop', query: 'SELECT id FROM items WHERE id > $1', params: [10] };
    const { cursor } = await query({ ...question, limit: 10 });
    expect(ids(await query({ ...question, cursor }))).toEqual(upTo(30).slice(20));
    for (const other of [{ query: sql, params: [] }, { params: [11] }, { database: 'nowhere' }]) {
      expect(await post({ ...question, ...other, cursor })).toMatchObject({
        status: 400,
        body: {
          error: {
            message:
              'cursor: expected the cursor of an answer to this query, or a cursor alone, got that of another query',
          },
        },
      });
    }
  });

  it.each([
    [{}, 'database: expected the name of a database, got nothing'],
    [{ database: 'shop' }, 'query: expected a statement, or the cursor of an earlier answer, got nothing'],
  ])('and a query is needed without one: %j', async (input, message) => {
    expect(await post(input)).toMatchObject({ status: 400, body: { error: { kind: 'invalid', message } } });
  });
});
