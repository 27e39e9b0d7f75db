import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { Relay } from '../../../../test/relay.js';
import { contextOf, rowsOf, TestDatabase } from './testing/test-database.js';

describe('changes', () => {
  const given = new TestDatabase();
  const { owner } = given;

  beforeAll(
    () =>
      given.create(`
        CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, note text);
        CREATE TABLE books (id int PRIMARY KEY, author int REFERENCES users DEFERRABLE INITIALLY DEFERRED);
        CREATE FUNCTION slow_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
        CREATE TABLE slow (id int);
        CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION slow_check();
        CREATE FUNCTION disarm() RETURNS text LANGUAGE sql AS
          $$ SELECT set_config('default_transaction_read_only', 'off', false) $$`),
    30_000,
  );
  beforeEach(() =>
    owner.query(`TRUNCATE users, books; INSERT INTO users SELECT n, 'User ' || n FROM generate_series(1, 3) n`),
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  const start = () => given.start({ write: true });
  type Service = ReturnType<typeof start>;
  const run = (
    service: Service,
    query: string,
    more: { params?: unknown[]; timeoutMs?: number } = {},
    signal?: AbortSignal,
  ) => service.execute({ database: 'test', query, ...more }, contextOf(signal));
  const names = async () =>
    (await owner.query<{ name: string }>('SELECT name FROM users ORDER BY id')).rows.map(({ name }) => name);

  it.each([
    ["INSERT INTO users VALUES (4, 'Eve')", undefined, 'INSERT', 1],
    ['UPDATE users SET note = $1 WHERE id > $2', ['seen', 1], 'UPDATE', 2],
    ['DELETE FROM users', undefined, 'DELETE', 3],
    [
      "MERGE INTO users u USING (VALUES (1, 'a'), (9, 'b')) n (id, name) ON u.id = n.id WHEN MATCHED THEN UPDATE SET name = n.name WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.name)",
      undefined,
      'MERGE',
      2,
    ],
    ['UPDATE users SET note = 1 WHERE false', undefined, 'UPDATE', 0],
  ])('%s', async (sql, params, command, rowCount) => {
    const answer = await run(start(), sql, params && { params });
    expect(answer).toEqual({ command, rowCount, rows: [], columns: [], more: false });
  });

  it('takes an array as JSON where the statement says so', async () => {
    const sql = 'UPDATE users SET note = ($1::jsonb)::text WHERE id = $2 RETURNING note';
    expect((await run(start(), sql, { params: [[1, { a: [] }], 1] })).rows).toEqual([{ note: '[1, {"a": []}]' }]);
  });

  it('answers what RETURNING gives, and keeps it', async () => {
    const service = start();
    expect(await run(service, "INSERT INTO users VALUES (4, 'Eve'), (5, 'Zoe') RETURNING id, name")).toEqual({
      command: 'INSERT',
      rowCount: 2,
      rows: [
        { id: 4, name: 'Eve' },
        { id: 5, name: 'Zoe' },
      ],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'name', type: 'text' },
      ],
      more: false,
    });
    expect(await names()).toEqual(['User 1', 'User 2', 'User 3', 'Eve', 'Zoe']);
    expect(await rowsOf(service, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 5 }]);
  });

  it('makes a change whole, however much of it is shown', async () => {
    const service = start();
    const many = "INSERT INTO users SELECT n, 'x' FROM generate_series(10, 3009) n RETURNING id";
    const answer = await run(service, many);
    expect(answer).toMatchObject({ command: 'INSERT', rowCount: 3000, more: true });
    expect(answer.rows).toHaveLength(1_000);
    const wide = await run(service, "UPDATE users SET note = repeat('x', 3000000) WHERE id = 1 RETURNING note");
    expect(wide).toMatchObject({ command: 'UPDATE', rowCount: 1, rows: [], more: true });
    expect((await owner.query('SELECT count(*)::int AS n, max(length(note)) AS longest FROM users')).rows).toEqual([
      { n: 3003, longest: 3_000_000 },
    ]);
  });

  it('rolls back what returns a flood', async () => {
    const flood = "UPDATE users SET name = 'flooded' RETURNING (SELECT repeat('x', 50000000)) AS x";
    await expect(run(start(), flood)).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('rolled back') as string,
    });
    expect(await names()).toEqual(['User 1', 'User 2', 'User 3']);
  });

  it('defines tables, types and indexes', async () => {
    const service = start();
    const ddl = async (sql: string) => (await run(service, sql)).command;
    expect(await ddl("CREATE TYPE colour AS ENUM ('red', 'green')")).toBe('CREATE TYPE');
    expect(await run(service, 'CREATE TABLE flags (id int PRIMARY KEY, colour colour)')).toMatchObject({
      rowCount: null,
    });
    expect(await run(service, "INSERT INTO flags VALUES (1, 'red') RETURNING colour")).toMatchObject({
      rows: [{ colour: 'red' }],
      columns: [{ name: 'colour', type: 'colour' }],
    });
    expect(await ddl('CREATE INDEX ON flags (colour)')).toBe('CREATE INDEX');
    expect(await run(service, 'CREATE TABLE copy AS SELECT * FROM flags')).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
    });
    expect(await ddl('DROP TABLE flags, copy')).toBe('DROP TABLE');
    expect(await ddl('DROP TYPE colour')).toBe('DROP TYPE');
  });

  it.each([
    ["INSERT INTO users VALUES (1, 'again')", '23505', 'duplicate key value violates unique constraint "users_pkey"'],
    ['INSERT INTO users VALUES (9)', '23502', /null value in column "name"/],
    ['INSERT INTO books VALUES (1, 99)', '23503', /violates foreign key constraint/],
    ['UPDATE users SET nope = 1', '42703', /column "nope" of relation "users" does not exist/],
    ['REINDEX SCHEMA public', '25001', /cannot run inside a transaction block/],
  ])('%s tells what PostgreSQL says, and goes on', async (sql, sqlState, message) => {
    const service = start();
    await expect(run(service, sql)).rejects.toMatchObject({ kind: 'failed', details: { sqlState } });
    await expect(run(service, sql)).rejects.toThrow(message);
    expect(await names()).toEqual(['User 1', 'User 2', 'User 3']);
    expect(await run(service, "UPDATE users SET note = 'fine'")).toMatchObject({ rowCount: 3 });
  });

  it('counts the parameters', async () => {
    await expect(run(start(), 'DELETE FROM users WHERE id = $1')).rejects.toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'params', expected: '1 value, for $1', got: '0' }] },
    });
  });

  it('leaves a session that only reads, even after a function that lifts that', async () => {
    const service = start();
    const state = "SELECT pg_backend_pid() AS pid, current_setting('transaction_read_only') AS ro";
    const [before] = await rowsOf(service, state);
    expect(before?.ro).toBe('on');
    await run(service, 'UPDATE users SET note = disarm()');
    expect(await rowsOf(service, state)).toEqual([before]);
  });

  describe('that take too long', () => {
    const running = async (mark: string) => {
      const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND query LIKE $1 AND pid <> pg_backend_pid()`;
      return (await owner.query(sql, [`%${mark}%`])).rowCount;
    };

    it('are rolled back at their own timeout, which holds for them alone', async () => {
      const service = start();
      await expect(
        run(service, "UPDATE users SET name = 'late' || pg_sleep(9)", { timeoutMs: 50 }),
      ).rejects.toMatchObject({
        kind: 'deadline',
        details: { sqlState: '57014' },
      });
      expect(await names()).toEqual(['User 1', 'User 2', 'User 3']);
      expect(await rowsOf(service, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '10s' }]);
    });

    it.each([
      ['while the statement runs', "UPDATE users SET name = 'left' || pg_sleep(60)", 'left'],
      ['while it is committed', 'INSERT INTO slow VALUES (1)', 'COMMIT'],
    ])('are rolled back when the client leaves %s', async (_when, sql, mark) => {
      const service = start();
      const leaving = new AbortController();
      const reason = new OperationError('failed', 'the client left');
      const answer = run(service, sql, {}, leaving.signal).catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await running(mark)).toBe(1), { interval: 20, timeout: 10_000 });
      leaving.abort(reason);
      expect(await answer).toBe(reason);
      await vi.waitFor(async () => expect(await running(mark)).toBe(0), { interval: 20, timeout: 10_000 });
      expect(await names()).toEqual(['User 1', 'User 2', 'User 3']);
      expect((await owner.query('SELECT FROM slow')).rowCount).toBe(0);
      expect(await run(service, "UPDATE users SET note = 'fine'")).toMatchObject({ rowCount: 3 });
    });

    it('tell that it is not known whether they took effect, also when the client has left meanwhile', async () => {
      const relay = await Relay.to(given.url(given.writer));
      const service = given.start({ url: relay.url, write: true });
      const leaving = new AbortController();
      const answer = run(service, 'INSERT INTO slow VALUES (1)', {}, leaving.signal).catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await running('COMMIT')).toBe(1), { interval: 20, timeout: 10_000 });
      relay.silence();
      leaving.abort(new OperationError('deadline', 'too late'));
      expect(await answer).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('whether it took effect is not known') as string,
      });
      await given.stopServices();
      await relay.cut();
    });

    it('tell when it is not known whether they took effect', async () => {
      const service = start();
      const answer = run(service, 'INSERT INTO slow VALUES (1)').catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await running('COMMIT')).toBe(1), { interval: 20, timeout: 10_000 });
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND datname = current_database()`;
      await owner.query(cut);
      expect(await answer).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('whether it took effect is not known') as string,
        details: { retryable: false },
      });
      expect((await owner.query('SELECT FROM slow')).rowCount).toBe(0);
    });
  });

  it('are off unless the operator allows them', async () => {
    const service = given.start();
    await expect(run(service, 'DELETE FROM users')).rejects.toMatchObject({
      kind: 'not-configured',
      message: 'The database test can only be read: the operator sets POSTGRES_TEST_WRITE=true to let it be changed',
      details: { missing: ['POSTGRES_TEST_WRITE'] },
    });
    expect(service.listDatabases({}).databases).toMatchObject([{ name: 'test', writable: false }]);
    expect(start().listDatabases({}).databases).toMatchObject([{ name: 'test', writable: true }]);
    expect(await names()).toHaveLength(3);
  });

  it('are never made as a superuser', async () => {
    const service = given.start({ url: given.url(), allowSuperuser: true, write: true });
    await expect(run(service, 'DELETE FROM users')).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('nothing is ever changed as such a role') as string,
    });
    expect(await rowsOf(service, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 3 }]);
    expect(service.serviceStatus()).toEqual({ state: 'ready' });
  });
});
