import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { contextOf, queryOn, TestDatabase } from './testing/test-database.js';

describe('what a database is doing', () => {
  const given = new TestDatabase();
  const { owner } = given;
  const others: pg.Client[] = [];

  beforeAll(
    () =>
      given.create('CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1); ANALYZE users'),
    30_000,
  );
  afterEach(async () => {
    await Promise.all(others.splice(0).map((client) => client.end()));
    await given.stopServices();
  });
  afterAll(() => given.drop());

  const connect = async (url = given.url(given.writer)) => {
    const client = new pg.Client({ connectionString: url, application_name: 'other' });
    client.on('error', () => undefined);
    await client.connect();
    others.push(client);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return { client, pid: rows[0]?.pid ?? 0 };
  };
  const active = (service = given.start(), minSeconds = 0) =>
    service.activeQueries({ database: 'test', limit: 100, minSeconds }, contextOf());
  const locks = (minSeconds = 0) => given.start().locks({ database: 'test', limit: 100, minSeconds }, contextOf());

  it('shows running statements and open transactions, and not its own look', async () => {
    const { client, pid } = await connect();
    const sleeping = client.query('SELECT pg_sleep(9)').catch((error: unknown) => error);
    const open = await connect();
    await open.client.query('BEGIN; SELECT 1');
    await vi.waitFor(async () => expect((await active()).queries).toHaveLength(2), 10_000);
    const { queries } = await active();
    expect(queries.find((each) => each.pid === pid)).toEqual({
      pid,
      role: given.writer,
      application: 'other',
      state: 'active',
      query: 'SELECT pg_sleep(9)',
      seconds: expect.any(Number) as number,
      transactionSeconds: expect.any(Number) as number,
      waitsFor: 'Timeout: PgSleep',
      blockedBy: [],
    });
    expect(queries.find((each) => each.pid === open.pid)).toMatchObject({ state: 'idle in transaction' });
    expect((await active(given.start(), 5)).queries).toEqual([]);
    await owner.query('SELECT pg_cancel_backend($1)', [pid]);
    await sleeping;
  });

  it('counts what the role may not see', async () => {
    await connect(given.url());
    const { queries, hidden } = await active();
    expect(queries).toEqual([]);
    expect(hidden).toBeGreaterThanOrEqual(1);
  });

  it('shows who blocks whom, and where', async () => {
    const holder = await connect();
    await holder.client.query('BEGIN; LOCK TABLE users');
    const waiter = await connect();
    const waiting = waiter.client.query("UPDATE users SET name = 'x'").catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await locks()).waiting).toHaveLength(1), 10_000);
    expect((await locks()).waiting).toEqual([
      expect.objectContaining({
        pid: waiter.pid,
        query: "UPDATE users SET name = 'x'",
        lock: { type: 'relation', mode: 'RowExclusiveLock', relation: 'users' },
        waitingSeconds: expect.any(Number) as number,
        blockedBy: [
          expect.objectContaining({ pid: holder.pid, state: 'idle in transaction', query: 'BEGIN; LOCK TABLE users' }),
        ],
      }),
    ]);
    expect((await locks(60)).waiting).toEqual([]);
    expect((await active()).queries.find((each) => each.pid === waiter.pid)).toMatchObject({ blockedBy: [holder.pid] });
    await holder.client.query('COMMIT');
    await waiting;
    expect(await locks()).toMatchObject({ waiting: [], more: false });
  });

  describe('cancelling', () => {
    const cancel = (pid: number) => given.start().cancelQuery({ database: 'test', pid }, contextOf());

    it('ends a statement of its own role, and leaves the session', async () => {
      const { client, pid } = await connect();
      const sleeping = client.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
      await vi.waitFor(async () => expect((await active()).queries).toHaveLength(1), 10_000);
      expect(await cancel(pid)).toEqual({
        pid,
        cancelled: true,
        query: 'SELECT pg_sleep(60)',
        seconds: expect.any(Number) as number,
      });
      expect(await sleeping).toMatchObject({ code: '57014' });
      expect((await client.query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
    });

    it('reaches a query of the gateway', async () => {
      const slow = queryOn(given.start(), 'SELECT pg_sleep(60)').catch((error: unknown) => error);
      await vi.waitFor(async () => expect((await active()).queries).toHaveLength(1), 10_000);
      const [running] = (await active()).queries;
      await cancel(running?.pid ?? 0);
      expect(await slow).toMatchObject({ kind: 'failed', details: { sqlState: '57014' } });
    });

    it.each([
      ['no session', () => Promise.resolve(2_000_000_000), 'test has no session with the process id 2000000000'],
      [
        'one of another database',
        async () => (await connect(process.env.TEST_DATABASE_URL)).pid,
        'test has no session',
      ],
      ['one of another role', async () => (await connect(given.url())).pid, 'belongs to another role'],
      ['one that is idle', async () => (await connect()).pid, 'runs nothing at the moment (idle)'],
    ])('says what is wrong with %s', async (_which, pid, message) => {
      await expect(cancel(await pid())).rejects.toMatchObject({
        kind: 'failed',
        message: expect.stringContaining(message) as string,
      });
    });
  });

  it('shows how tables are used', async () => {
    await owner.query('SELECT * FROM users; SELECT pg_stat_force_next_flush()');
    const stats = (input: { table?: string; schema?: string }) =>
      given.start().tableStats({ database: 'test', limit: 100, ...input }, contextOf());
    const { tables, more } = await stats({ table: 'users' });
    expect({ tables, more }).toMatchObject({
      tables: [{ schema: 'public', name: 'users', liveRows: 1, lastVacuum: null }],
      more: false,
    });
    expect(tables[0]?.sequentialScans).toBeGreaterThan(0);
    expect(tables[0]?.lastAnalyze).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect((await stats({ schema: 'nowhere' })).tables).toEqual([]);
    await expect(stats({ table: 'usres' })).rejects.toThrow('did you mean users?');
  });

  it('shows how a partitioned table is used: as all its partitions together, wherever they are', async () => {
    await owner.query(`
      CREATE SCHEMA parts;
      CREATE TABLE visits (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE visits_half PARTITION OF visits FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (id);
      CREATE TABLE parts.leaf PARTITION OF visits_half FOR VALUES FROM (0) TO (1000);
      CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
      CREATE TABLE bare (id int) PARTITION BY RANGE (id);
      CREATE VIEW looked AS SELECT * FROM users;
      INSERT INTO visits SELECT generate_series(0, 1499); ANALYZE visits`);
    await owner.query('SELECT pg_stat_force_next_flush()');
    const stats = async (input: { table?: string; schema?: string }) =>
      (await given.start().tableStats({ database: 'test', limit: 100, ...input }, contextOf())).tables;
    const sizes = await owner.query<{ bytes: number }>(
      `SELECT pg_total_relation_size('parts.leaf') + pg_total_relation_size('visits_rest') AS bytes`,
    );
    expect(await stats({ table: 'visits', schema: 'public' })).toMatchObject([
      {
        schema: 'public',
        name: 'visits',
        liveRows: 1_500,
        rowsInserted: 1_500,
        bytes: Number(sizes.rows[0]?.bytes),
        lastAnalyze: expect.any(String) as string,
      },
    ]);
    expect(await stats({ table: 'visits_half' })).toMatchObject([{ name: 'visits_half', liveRows: 1_000 }]);
    expect(await stats({ table: 'visits_rest' })).toMatchObject([{ name: 'visits_rest', liveRows: 500 }]);
    expect(await stats({ table: 'bare' })).toMatchObject([{ name: 'bare', bytes: 0, liveRows: 0, lastAnalyze: null }]);
    expect((await stats({ schema: 'parts' })).map(({ name }) => name)).toEqual(['leaf']);
    expect((await stats({ schema: 'public' })).map(({ name }) => name).sort()).toEqual(['users', 'visits_rest']);
    await expect(stats({ table: 'looked' })).rejects.toThrow('There are no statistics of "looked"');
  });

  describe('settings', () => {
    const settings = (input: { category?: string; name?: string }) =>
      given.start().settings({ database: 'test', ...input }, contextOf());

    it('that differ from the defaults, which tells where they are from', async () => {
      const { settings: changed, categories } = await settings({});
      expect(changed.find(({ name }) => name === 'default_transaction_read_only')).toEqual({
        name: 'default_transaction_read_only',
        value: 'on',
        unit: null,
        default: 'off',
        source: 'client',
        pendingRestart: false,
        category: 'Client Connection Defaults / Statement Behavior',
        description: 'Sets the default read-only status of new transactions.',
      });
      expect(categories).toContain('Resource Usage / Memory');
    });

    it('of a category, or by name', async () => {
      const memory = await settings({ category: 'memory' });
      expect(memory.settings.map(({ name }) => name)).toEqual(expect.arrayContaining(['work_mem', 'shared_buffers']));
      expect(new Set(memory.settings.map(({ category }) => category))).toEqual(new Set(['Resource Usage / Memory']));
      expect((await settings({ name: 'work_mem' })).settings.map(({ name }) => name)).toContain('maintenance_work_mem');
    });

    it('but none that tells of files, addresses or credentials', async () => {
      await owner.query(`GRANT pg_read_all_settings TO ${given.writer}`);
      const { settings: all } = await settings({ name: '_' });
      expect(all.length).toBeGreaterThan(200);
      const names = all.map(({ name }) => name);
      for (const hidden of [
        'data_directory',
        'hba_file',
        'primary_conninfo',
        'ssl_key_file',
        'listen_addresses',
        'archive_command',
      ]) {
        expect(names).not.toContain(hidden);
      }
      expect(all.filter(({ value }) => /^\/|conninfo|password=/.test(value))).toEqual([]);
    });
  });
});
