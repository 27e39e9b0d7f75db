import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OperationError } from '#libs/kit';
import { backendOf, queryOn, rowsOf, TestDatabase } from './testing/test-database.js';

describe('reading only', () => {
  const given = new TestDatabase();
  const { owner, writer } = given;

  beforeAll(
    () =>
      given.create(`
    CREATE SCHEMA audit;
    CREATE TABLE users (id serial PRIMARY KEY);
    INSERT INTO users SELECT FROM generate_series(1, 2000);
    CREATE TABLE audit.events (id serial PRIMARY KEY, what text);
    CREATE FUNCTION disarm() RETURNS text LANGUAGE sql AS
      $$ SELECT set_config('default_transaction_read_only', 'off', false) $$;
    CREATE FUNCTION leave_trace() RETURNS text LANGUAGE sql AS $$ SELECT set_config('my.trace', 'left', false) $$;
    CREATE FUNCTION write_event() RETURNS void LANGUAGE sql AS $$ INSERT INTO audit.events (what) VALUES ('x') $$`),
    30_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  describe('nothing is written', () => {
    const counts = async () => {
      const { rows } = await owner.query<Record<string, string>>(
        `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM audit.events) AS events,
                (SELECT count(*) FROM pg_class WHERE relname = 'stolen') AS tables`,
      );
      return rows[0];
    };
    const untouched = { users: '2000', events: '0', tables: '0' };

    it.each([
      ['DELETE FROM watch_events', 'invalid'],
      ["WITH a AS (INSERT INTO audit.events (what) VALUES ('x') RETURNING *) SELECT * FROM a", 'invalid'],
      ['SELECT * INTO stolen FROM users', 'invalid'],
      ["COPY audit.events FROM PROGRAM 'echo 1'", 'invalid'],
      ["SELECT 1; INSERT INTO audit.events (what) VALUES ('x')", 'invalid'],
      ["DO $$ BEGIN INSERT INTO audit.events (what) VALUES ('x'); END $$", 'invalid'],
      ['SELECT * FROM users FOR UPDATE', 'invalid'],
      ["SELECT nextval('audit.events_id_seq')", 'invalid'],
      ["SELECT set_config('default_transaction_read_only', 'off', false)", 'invalid'],
      ["SELECT query_to_xml('DELETE FROM watch_events', true, true, '')", 'invalid'],
      ['SELECT write_event()', 'failed'],
    ])('by %s', async (sql, kind) => {
      await expect(queryOn(given.start(), sql)).rejects.toMatchObject({ kind });
      expect(await counts()).toEqual(untouched);
    });

    it('after a function disarmed the session: it is armed again for the next query', async () => {
      const service = given.start();
      const pid = await backendOf(service);
      expect(await rowsOf(service, 'SELECT disarm()')).toEqual([{ disarm: 'off' }]);
      expect(
        await rowsOf(service, 'SELECT pg_backend_pid() AS pid, current_setting($1) AS "readOnly"', {
          params: ['transaction_read_only'],
        }),
      ).toEqual([{ pid, readOnly: 'on' }]);
      await expect(queryOn(service, 'SELECT write_event()')).rejects.toMatchObject({
        kind: 'failed',
        details: { sqlState: '25006' },
      });
      expect(await counts()).toEqual(untouched);
    });

    it('and nothing is left behind by a function that is not the database itself', async () => {
      const service = given.start();
      const pid = await backendOf(service);
      await queryOn(service, 'SELECT public.leave_trace()');
      expect(
        await rowsOf(service, "SELECT pg_backend_pid() AS pid, current_setting('my.trace', true) AS trace"),
      ).toEqual([{ pid, trace: '' }]);
    });

    it('by a connection string that asks for other session options', async () => {
      const url = new URL(given.url(writer));
      url.searchParams.set('options', '-c default_transaction_read_only=off -c statement_timeout=0');
      url.searchParams.set('statement_timeout', '1');
      const sql =
        "SELECT current_setting('transaction_read_only') AS ro, current_setting('statement_timeout') AS timeout";
      expect(await rowsOf(given.start({ url: url.href }), sql)).toEqual([{ ro: 'on', timeout: '10s' }]);
    });
  });

  describe('roles', () => {
    it('refuses to read as a superuser, without naming the role', async () => {
      const error: unknown = await queryOn(given.start({ url: given.url() }), 'SELECT 1').catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ kind: 'unavailable', details: { retryable: false } });
      expect((error as Error).message).toBe(
        "The role that reads test is a superuser, which reading must not. The operator creates one that may only read and puts it into the URL: CREATE ROLE gateway_reader LOGIN PASSWORD '…'; GRANT pg_read_all_data TO gateway_reader;",
      );
    });

    it.each(['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'])(
      'refuses a member of %s',
      async (group) => {
        const role = `gw_${group}_${given.mark}`;
        await given.admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret' IN ROLE ${group}`);
        try {
          await expect(queryOn(given.start({ url: given.url(role) }), 'SELECT 1')).rejects.toMatchObject({
            kind: 'unavailable',
            details: { retryable: false },
          });
        } finally {
          await given.stopServices();
          await given.admin.query(`DROP ROLE ${role}`);
        }
      },
    );

    it('reads as a superuser where the operator insists', async () => {
      const service = given.start({ url: given.url(), allowSuperuser: true });
      expect(await rowsOf(service, "SELECT current_setting('is_superuser') AS su")).toEqual([{ su: 'on' }]);
    });

    it('tells of a wrong password or role in its own words', async () => {
      const error: unknown = await queryOn(
        given.start({ url: given.url(`gw_nobody_${given.mark}`, 'hunter2') }),
        'SELECT 1',
      ).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind: 'unavailable', details: { retryable: false } });
      expect((error as Error).message + JSON.stringify((error as OperationError).details)).not.toMatch(
        /hunter2|gw_nobody|127\.0\.0\.1|localhost|54329/,
      );
    });
  });
});
