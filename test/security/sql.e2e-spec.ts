import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDeniedToReading } from '../../libs/services/src/postgres/denied-functions.js';
import { asSuperuser, createDatabase, type TestDatabase } from '../database.js';
import { ADMIN_KEY } from '../gateway.js';
import { openDoors, type Called } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const PASSWORD = 'hunter22-of-the-database';
let gateway: WatchedGateway;
let database: TestDatabase;
let doors: Awaited<ReturnType<typeof openDoors>>;

beforeAll(async () => {
  database = await createDatabase(
    `CREATE TABLE users (id int PRIMARY KEY, name text);
     INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');
     CREATE SEQUENCE numbers;`,
  );
  const away = `postgres://keeper:${PASSWORD}@127.0.0.1:1/vault`;
  gateway = await startWatched({
    secrets: [PASSWORD, 'keeper', 'vault', '127.0.0.1:1'],
    env: { POSTGRES_KA_URL: await database.readerUrl(), POSTGRES_OL_URL: away, MCP_WS_MAX_MESSAGES_PER_SECOND: '0' },
  });
  doors = await openDoors(gateway, admin);
});
afterAll(async () => {
  doors.close();
  await gateway.close();
  await database.drop();
});
afterEach(() => expectUnharmed(gateway));

const operation = (name: string): Called => ({ service: 'postgres', name, tool: `postgres_${name.replace('-', '_')}` });
const ask = (sql: string, name = 'query', id = 'kids-ascension') =>
  doors.doors['mcp.execute']!(operation(name), { database: id, query: sql });

/** All that a statement could have changed, and what the next one finds of its session. */
async function state() {
  const [stored] = await asSuperuser(
    database.name,
    `SELECT (SELECT json_agg(u ORDER BY id) FROM users u) AS users, (SELECT is_called FROM numbers) AS counted,
       (SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS relations,
       (SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'evil%') AS roles,
       (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND database =
          (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks`,
  );
  const session = await ask(
    `SELECT current_setting('transaction_read_only') AS "readOnly", current_setting('default_transaction_read_only') AS always,
       current_setting('statement_timeout') AS timeout, current_user = session_user AS own`,
  );
  return { stored, session: (session as { data: { rows: unknown } }).data.rows };
}
const AS_IT_WAS = {
  stored: {
    users: [
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Grace' },
    ],
    counted: false,
    relations: 3,
    roles: 0,
    locks: 0,
  },
  session: [{ readOnly: 'on', always: 'on', timeout: '10s', own: true }],
};

/** Statements by which others' read-only access was left, and ways to write them. */
const attacks = [
  'COMMIT; DROP SCHEMA public CASCADE',
  'SELECT 1; COMMIT; DELETE FROM users',
  'ROLLBACK; BEGIN READ WRITE; DELETE FROM users; COMMIT',
  'SELECT 1;;DELETE FROM users',
  'SELECT 1 --\n; DELETE FROM users',
  'SELECT $tag$ $tag$; DELETE FROM users --$tag$',
  "SELECT E'\\'; DELETE FROM users --'; DELETE FROM users",
  'SELECT 1 /* /* */ ; DELETE FROM users -- */ */; DELETE FROM users',
  'EXPLAIN ANALYZE DELETE FROM users',
  'EXPLAIN (ANALYZE, BUFFERS) WITH a AS (DELETE FROM users RETURNING 1) SELECT 1',
  'WITH a AS (UPDATE users SET name = $$x$$ RETURNING 1) SELECT count(*) FROM a',
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
  'SET default_transaction_read_only = off',
  "SELECT set_config('transaction_read_only', 'off', true), set_config('default_transaction_read_only', 'off', false)",
  `SELECT U&"set\\005fconfig"('statement_timeout', '0', false)`,
  "SELECT * FROM users ORDER BY (SELECT pg_catalog . set_config('statement_timeout', '0', false))",
  "SELECT query_to_xml('DELETE FROM users', true, true, '')",
  `SELECT * FROM ts_stat('SELECT set_config(''default_transaction_read_only'', ''off'', false)::tsvector')`,
  "COPY (SELECT 1) TO PROGRAM 'touch /tmp/sql-was-here'",
  "COPY users FROM '/etc/passwd'",
  "SELECT pg_read_file('/etc/passwd')",
  "SELECT lo_import('/etc/passwd')",
  "SELECT nextval('numbers')",
  'SELECT pg_advisory_lock(1)',
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
  'SELECT * INTO evil FROM users',
  'SELECT * FROM users FOR UPDATE',
  'CREATE ROLE evil SUPERUSER',
  'DO $$ BEGIN DELETE FROM users; END $$',
  'PREPARE evil AS DELETE FROM users',
  'LISTEN evil',
  'ＤＥＬＥＴＥ FROM users',
  'SELECT 1\0; DELETE FROM users',
];

describe('a statement that does more than read', () => {
  it.each(attacks)('does nothing: %j', async (sql) => {
    for (const name of ['query', 'sql-query', 'explain']) {
      expect(await ask(sql, name)).toEqual({ kind: 'invalid' });
    }
    expect(await state()).toEqual(AS_IT_WAS);
  });

  it('does nothing through any door', async () => {
    for (const [door, call] of Object.entries(doors.doors)) {
      for (const sql of attacks) {
        const outcome = await call(operation('query'), { database: 'kids-ascension', query: sql });
        expect([door, sql, outcome]).toEqual([door, sql, { kind: 'invalid' }]);
      }
    }
    expect(await state()).toEqual(AS_IT_WAS);
  });

  it('does nothing as a parameter, which is a value whatever it says', async () => {
    const input = { database: 'kids-ascension', query: 'SELECT $1 AS said', params: ["'; DELETE FROM users; --"] };
    const outcome = await doors.doors.REST!(operation('query'), input);
    expect(outcome).toMatchObject({ data: { rows: [{ said: "'; DELETE FROM users; --" }] } });
    expect(await state()).toEqual(AS_IT_WAS);
  });

  it('does nothing, however its words are put together', async () => {
    const words =
      String.raw`SELECT DELETE FROM users ; -- /* */ ' " $$ $a$ ( ) , 1 * WITH a AS UPDATE SET name = INTO RETURNING
      set_config COMMIT U& E`.split(/\s+/);
    const statement = fc.array(fc.constantFrom(...words, '\\', '\n', ...attacks), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(statement, async (parts) => {
        const outcome = await ask(parts.join(' '));
        if ('kind' in outcome) expect(['invalid', 'failed']).toContain(outcome.kind);
      }),
      { numRuns: 300 },
    );
    expect(await state()).toEqual(AS_IT_WAS);
  });
});

describe('functions of the server', () => {
  /** Looked at one by one, in PostgreSQL 18: they tell, or they change nothing that a later call could notice. */
  const harmless = new Set(
    `
    amvalidate array_sample array_shuffle bernoulli brinhandler bthandler clock_timestamp current_query
    currtid2 currval gen_random_uuid ginhandler gisthandler hashhandler heap_tableam_handler lastval
    pg_available_wal_summaries pg_blocking_pids pg_collation_actual_version pg_control_checkpoint
    pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn pg_current_wal_insert_lsn
    pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_extension_config_dump
    pg_get_aios pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members
    pg_get_sequence_data pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events
    pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_indexes_size
    pg_is_in_recovery pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available
    pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
    pg_lock_status pg_nextoid pg_notification_queue_usage pg_partition_ancestors pg_partition_tree
    pg_prepared_xact pg_relation_size pg_safe_snapshot_blocking_pids pg_sequence_last_value
    pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until pg_stat_clear_snapshot
    pg_stat_force_next_flush pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_io
    pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
    pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
    pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
    pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
    pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
    pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size pg_wal_summary_contents
    pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status plpgsql_call_handler
    plpgsql_inline_handler plpgsql_validator random random_normal setseed spghandler system timeofday
    txid_status uuidv4 uuidv7
    `.split(/\s+/),
  );

  it('that are volatile are refused, or have been looked at', async () => {
    const rows = await asSuperuser(
      'postgres',
      `SELECT DISTINCT proname AS name FROM pg_proc WHERE provolatile = 'v' AND pronamespace = 'pg_catalog'::regnamespace
         AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)`,
    );
    const names = rows.map(({ name }) => name as string);
    expect(names.filter((name) => !isDeniedToReading('pg_catalog', name) && !harmless.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(150);
  });
});

describe('a database', () => {
  it('that can’t be reached is named by its own name, and nothing else of it is told', async () => {
    for (const [door, call] of Object.entries(doors.doors)) {
      const outcome = await call(operation('query'), { database: 'ozean-licht', query: 'SELECT 1' });
      expect([door, outcome]).toEqual([door, { kind: 'unavailable' }]);
    }
  });

  it('that ends all its sessions is asked again', async () => {
    await ask('SELECT 1');
    await asSuperuser(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${database.name}_reader'`,
    );
    await expect.poll(() => ask('SELECT 1 AS one')).toMatchObject({ data: { rows: [{ one: 1 }] } });
    expect(await state()).toEqual(AS_IT_WAS);
  });
});
