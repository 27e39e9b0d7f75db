import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from './demo.js';
import { candidatesOf, readsOwnTables } from './index-candidates.js';
import { SqlGuard } from './sql-guard.js';
import { contextOf, rowsOf, TestDatabase } from './testing/test-database.js';

describe('the columns that a query looks by', () => {
  const guard = new SqlGuard();

  it.each([
    ['SELECT * FROM users WHERE id = $1 AND age > 3', [['users', ['id'], ['age']]]],
    ["SELECT * FROM users WHERE name IN ('a', 'b') OR 'x' = note", [['users', ['note', 'name'], []]]],
    ['SELECT * FROM users WHERE age BETWEEN 1 AND 2 ORDER BY name DESC', [['users', [], ['name', 'age']]]],
    [
      'SELECT * FROM users u JOIN audit.log l ON l.who = u.id WHERE u.name = $1 AND unknown = 2',
      [
        ['log', ['who'], []],
        ['users', ['name', 'id'], []],
      ],
    ],
    ["SELECT * FROM users WHERE lower(name) = 'x' AND id + 1 = 2 AND name <> 'a'", []],
    ['SELECT * FROM users', []],
  ])('%s', async (sql, expected) => {
    const found = candidatesOf(await guard.statement(sql)).map(({ table, equal, ordered }) => [table, equal, ordered]);
    const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(found.map(([table, ...columns]) => [table, ...columns.map((names) => [...names].sort())]))).toEqual(
      sorted(
        (expected as [string, string[], string[]][]).map(([table, ...columns]) => [
          table,
          ...columns.map((names) => [...names].sort()),
        ]),
      ),
    );
  });
});

describe('the tables that a query reads', () => {
  const guard = new SqlGuard();

  it.each([
    ['SELECT * FROM users', true],
    ['SELECT * FROM pg_class c JOIN users u ON u.name = c.relname', true],
    ['SELECT * FROM pg_class WHERE relname IN (SELECT name FROM audit.log)', true],
    ['SELECT * FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace', false],
    ['SELECT * FROM pg_catalog.pg_class, information_schema.tables, pg_toast.pg_toast_1', false],
    ['WITH tables AS (SELECT * FROM pg_stat_user_tables) SELECT * FROM tables', false],
    ['WITH found AS (SELECT * FROM users) SELECT * FROM found', true],
    ['SELECT version()', false],
  ])('%s', async (sql, own) => {
    expect(readsOwnTables(await guard.statement(sql))).toBe(own);
  });
});

describe('advice on indexes', () => {
  const given = new TestDatabase();

  beforeAll(
    () =>
      given.create(`${demoSeed};
        CREATE TABLE tiny (id int, a int); INSERT INTO tiny VALUES (1, 1); ANALYZE tiny;
        CREATE TABLE "order" (id int, "user" int); INSERT INTO "order" SELECT n, n FROM generate_series(1, 5000) n;
        ANALYZE "order"`),
    60_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  const advise = (...queries: string[]) =>
    given.start().indexAdvice({ database: 'test', ...(queries.length > 0 && { queries }) }, contextOf());

  it('proposes one where a large table is read from end to end, by parameters or values', async () => {
    const answer = await advise(
      'SELECT * FROM watch_events WHERE device = $1 AND seconds_watched > $2',
      "SELECT count(*) FROM watch_events e WHERE e.device = 'tv' AND e.seconds_watched > 1000",
    );
    expect(answer).toEqual({
      method: expect.stringContaining('hypothetical indexes are not used') as string,
      advice: [
        {
          table: 'watch_events',
          columns: ['device', 'seconds_watched'],
          statement: 'CREATE INDEX ON public.watch_events (device, seconds_watched)',
          reason: expect.stringContaining('rows are read from end to end') as string,
          costBefore: expect.any(Number) as number,
          costAfter: null,
          queries: [0, 1],
        },
      ],
      queries: [
        { query: expect.any(String) as string, cost: expect.any(Number) as number, note: null },
        { query: expect.any(String) as string, cost: expect.any(Number) as number, note: null },
      ],
    });
  });

  it('writes names so that its statement runs', async () => {
    const { advice } = await advise('SELECT * FROM "order" WHERE "user" = $1');
    expect(advice.map(({ statement }) => statement)).toEqual(['CREATE INDEX ON public."order" ("user")']);
    await given.owner.query(advice[0]!.statement);
  });

  it('is silent where an index serves, the table is small, or no column tells', async () => {
    const { advice } = await advise(
      'SELECT * FROM watch_events WHERE user_id = $1',
      'SELECT * FROM users WHERE id = 7',
      'SELECT * FROM tiny WHERE a = 1',
      "SELECT * FROM users WHERE lower(name) = 'x'",
    );
    expect(advice).toEqual([]);
  });

  it("proposes none for PostgreSQL's own tables, where nobody may make one", async () => {
    const { advice, queries } = await advise(
      'SELECT * FROM pg_attribute WHERE attlen = $1',
      'SELECT * FROM pg_catalog.pg_proc WHERE prosrc = $1',
    );
    expect({ advice, notes: queries.map(({ note }) => note) }).toEqual({ advice: [], notes: [null, null] });
  });

  it('says which queries it could not look at, and why', async () => {
    const { queries, advice } = await advise(
      'SELECT * FROM users WHERE id = $2000000000',
      'DELETE FROM users',
      'SELECT nope FROM users',
      'SHOW work_mem',
      'SELECT',
    );
    expect(queries.map(({ cost, note }) => [cost, note])).toEqual([
      [null, 'query: expected parameters up to $65535, got $2000000000'],
      [null, expect.stringContaining('got DELETE') as string],
      [null, 'column "nope" does not exist'],
      [null, 'only queries are looked at'],
      [expect.any(Number) as number, null],
    ]);
    expect(advice).toEqual([]);
  });

  it('tells a cost that JavaScript has no exact number for as a number', async () => {
    const million = ['a', 'b', 'c', 'd'].map((name) => `generate_series(1, 1000000) ${name}`).join(', ');
    const { queries } = await advise(`SELECT count(*) FROM ${million}`);
    expect(queries[0]?.cost).toBeGreaterThan(1e20);
  });

  it('changes nothing', async () => {
    const indexes = async () => (await given.owner.query('SELECT count(*)::int AS n FROM pg_indexes')).rows;
    const before = await indexes();
    await advise("SELECT * FROM watch_events WHERE device = 'tv'");
    expect(await indexes()).toEqual(before);
  });

  it('leaves no trace in the session', async () => {
    const service = given.start();
    const input = { database: 'test', queries: ['SELECT * FROM users WHERE country = $1'] };
    await service.indexAdvice(input, contextOf());
    const sql =
      "SELECT current_setting('plan_cache_mode') AS mode, (SELECT count(*)::int FROM pg_prepared_statements WHERE name = 'advised') AS kept";
    expect(await rowsOf(service, sql)).toEqual([{ mode: 'auto', kept: 0 }]);
    expect((await service.indexAdvice(input, contextOf())).queries).toMatchObject([{ note: null }]);
  });

  it('needs to know the queries', async () => {
    await expect(advise()).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('has no extension pg_stat_statements') as string,
    });
  });

  it('finds the queries itself, without those that only ask the catalog', async ({ skip }) => {
    const { rows } = await given.owner.query<{ libraries: string }>(
      `SELECT current_setting('shared_preload_libraries') AS libraries`,
    );
    skip(!rows[0]?.libraries.includes('pg_stat_statements'), 'the server does not load pg_stat_statements');
    await given.owner.query('CREATE EXTENSION pg_stat_statements');
    const service = given.start();
    await service.listTables({ database: 'test', includeViews: false }, contextOf());
    await rowsOf(service, "SELECT count(*) FROM watch_events WHERE device = 'phone'");
    const { queries, advice } = await service.indexAdvice({ database: 'test' }, contextOf());
    expect(queries.filter(({ query }) => query.includes('pg_'))).toEqual([]);
    expect(advice.map(({ table }) => table)).toContain('watch_events');
  });
});
