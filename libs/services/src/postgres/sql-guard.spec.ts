import { describe, expect, it } from 'vitest';
import { SqlGuard } from './sql-guard.js';
import { refusalOf } from './testing/refusal.js';

const guard = new SqlGuard();
const refusal = (sql: string) => refusalOf(guard, sql);

const oneReading = 'one statement that only reads (SELECT, VALUES, TABLE, EXPLAIN or SHOW)';

describe('SqlGuard lets through', () => {
  it.each([
    ['SELECT 1', 'select'],
    ['select * from users where id = 1;', 'select'],
    ['VALUES (1), (2)', 'select'],
    ['TABLE users', 'select'],
    ['WITH a AS (SELECT 1) SELECT * FROM a', 'select'],
    ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT * FROM t', 'select'],
    ['SELECT 1 UNION SELECT 2 ORDER BY 1', 'select'],
    ['(SELECT 1)', 'select'],
    ["SELECT 'DELETE FROM users; DROP TABLE users'", 'select'],
    ['SELECT 1 -- ; DROP TABLE users', 'select'],
    ['SELECT /* ; DELETE FROM users */ 1', 'select'],
    ['SELECT $$; DROP TABLE users$$', 'select'],
    ['SELECT pg_sleep(1)', 'select'],
    ["SELECT currval('s')", 'select'],
    ["SELECT current_setting('work_mem')", 'select'],
    ['SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b) FROM c', 'select'],
    ["SELECT x FROM xmltable('/a' PASSING '<a/>' COLUMNS x text PATH '.')", 'select'],
    ['SELECT "set_config" FROM settings', 'select'],
    ['SELECT set_config FROM settings AS dblink(set_config)', 'select'],
    ['EXPLAIN SELECT 1', 'explain'],
    ['EXPLAIN (FORMAT JSON, VERBOSE) SELECT 1', 'explain'],
    ['EXPLAIN VERBOSE VALUES (1)', 'explain'],
    ['EXPLAIN (ANALYZE false) SELECT 1', 'explain'],
    ['EXPLAIN (VERBOSE, ANALYZE OFF) SELECT 1', 'explain'],
    ['EXPLAIN (ANALYZE 0) SELECT 1', 'explain'],
    ["EXPLAIN (ANALYZE 'Off') SELECT 1", 'explain'],
    ['SHOW work_mem', 'show'],
    ['SHOW ALL', 'show'],
  ])('%s', async (sql, kind) => {
    expect((await guard.inspect(sql)).kind).toBe(kind);
  });
});

describe('SqlGuard refuses', () => {
  it.each([
    ['', 'exactly one statement', 'no statement'],
    [' ; ', 'exactly one statement', 'no statement'],
    ['-- nothing', 'exactly one statement', 'no statement'],
    ['SELECT 1; SELECT 2', 'exactly one statement', '2 statements'],
    ['SELECT 1; DROP TABLE users; SELECT 2', 'exactly one statement', '3 statements'],
    ['DELETE FROM users', oneReading, 'DELETE'],
    ['INSERT INTO users VALUES (1)', oneReading, 'INSERT'],
    ['UPDATE users SET a = 1', oneReading, 'UPDATE'],
    ['MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE', oneReading, 'MERGE'],
    ['TRUNCATE users', oneReading, 'TRUNCATE'],
    ['CREATE TABLE a (b int)', oneReading, 'CREATE TABLE'],
    ['CREATE TABLE a AS SELECT 1', oneReading, 'CREATE TABLE AS'],
    ['ALTER TABLE a ADD b int', oneReading, 'ALTER TABLE'],
    ['DROP TABLE a', oneReading, 'DROP'],
    ["COPY a TO PROGRAM 'sh'", oneReading, 'COPY'],
    ['COPY (SELECT 1) TO STDOUT', oneReading, 'COPY'],
    ['DO $$ BEGIN PERFORM 1; END $$', oneReading, 'DO'],
    ['CALL p()', oneReading, 'CALL'],
    ['SET work_mem = 1', oneReading, 'SET'],
    ['SET ROLE postgres', oneReading, 'SET'],
    ['RESET ALL', oneReading, 'SET'],
    ['BEGIN', oneReading, 'BEGIN, COMMIT or another transaction statement'],
    ['LOCK TABLE a', oneReading, 'LOCK'],
    ['LISTEN a', oneReading, 'LISTEN'],
    ['NOTIFY a', oneReading, 'NOTIFY'],
    ['VACUUM', oneReading, 'VACUUM'],
    ['PREPARE a AS SELECT 1', oneReading, 'PREPARE'],
    ['EXECUTE a', oneReading, 'EXECUTE'],
    ['DECLARE a CURSOR FOR SELECT 1', oneReading, 'DECLARE CURSOR'],
    ['DISCARD ALL', oneReading, 'DISCARD'],
    ['REFRESH MATERIALIZED VIEW a', oneReading, 'REFRESH MAT VIEW'],
    ["LOAD 'a'", oneReading, 'LOAD'],
    ['CHECKPOINT', oneReading, 'CHECK POINT'],
    ['SELECT 1 INTO a', 'SELECT without INTO', 'SELECT INTO'],
    ['SELECT 1 INTO TEMP a', 'SELECT without INTO', 'SELECT INTO'],
    ['SELECT * FROM a FOR UPDATE', 'SELECT without a locking clause', 'FOR UPDATE or FOR SHARE'],
    [
      'SELECT * FROM (SELECT * FROM a FOR SHARE SKIP LOCKED) b',
      'SELECT without a locking clause',
      'FOR UPDATE or FOR SHARE',
    ],
    ['WITH a AS (INSERT INTO b VALUES (1) RETURNING *) SELECT * FROM a', oneReading, 'INSERT inside a query'],
    ['SELECT * FROM (WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a) c', oneReading, 'DELETE inside a query'],
    ['WITH a AS (SELECT 1), b AS (UPDATE c SET d = 1) SELECT 1', oneReading, 'UPDATE inside a query'],
    [
      'SELECT (WITH a AS (MERGE INTO b USING c ON true WHEN MATCHED THEN DELETE RETURNING 1) SELECT 1)',
      oneReading,
      'MERGE inside a query',
    ],
    [
      'EXPLAIN ANALYZE SELECT 1',
      'EXPLAIN without ANALYZE (the operation "explain" has a flag for it)',
      'EXPLAIN ANALYZE',
    ],
    [
      'EXPLAIN (FORMAT JSON, ANALYZE true) SELECT 1',
      'EXPLAIN without ANALYZE (the operation "explain" has a flag for it)',
      'EXPLAIN ANALYZE',
    ],
    [
      'EXPLAIN ("ANALYZE") SELECT 1',
      'EXPLAIN without ANALYZE (the operation "explain" has a flag for it)',
      'EXPLAIN ANALYZE',
    ],
    ...[
      'ANALYZE on',
      'ANALYZE 1',
      'ANALYZE 0.0',
      'ANALYZE no',
      "ANALYZE ''",
      "ANALYZE 'off '",
      'ANALYZE off, ANALYZE',
      'ANALYZE off, ANALYZE on',
    ].map((options): [string, string, string] => [
      `EXPLAIN (${options}) SELECT 1`,
      'EXPLAIN without ANALYZE (the operation "explain" has a flag for it)',
      'EXPLAIN ANALYZE',
    ]),
    ['EXPLAIN DELETE FROM a', 'EXPLAIN of a query', 'EXPLAIN of DELETE'],
    ['EXPLAIN CREATE TABLE a AS SELECT 1', 'EXPLAIN of a query', 'EXPLAIN of CREATE TABLE AS'],
    ['EXPLAIN EXECUTE a', 'EXPLAIN of a query', 'EXPLAIN of EXECUTE'],
    ['SELECT 1\0; DROP TABLE users', 'text without NUL characters', 'a NUL character'],
    ["SELECT '\ud800'", 'well-formed Unicode text', 'half of a surrogate pair'],
    ['SELECT * FROM a WHRE b', 'valid PostgreSQL', 'syntax error at or near "b" (character 22)'],
    ["SELECT 'é', FROM a", 'valid PostgreSQL', 'syntax error at or near "FROM" (character 13)'],
    ['SELECT $2000000000', 'parameters up to $65535', '$2000000000'],
    ["SELECT 'abc", 'valid PostgreSQL', 'unterminated quoted string at or near "\'abc" (character 8)'],
  ])('%j', async (sql, expected, got) => {
    expect(await refusal(sql)).toEqual({ expected, got });
  });

  const denied = [
    "set_config('a.b', 'c', false)",
    "nextval('s')",
    "setval('s', 1)",
    "pg_read_file('/etc/passwd')",
    "pg_read_binary_file('/etc/passwd')",
    "pg_stat_file('a')",
    "pg_ls_dir('.')",
    'pg_ls_waldir()',
    'pg_current_logfile()',
    'pg_file_write(a, b, c)',
    'lo_import(a)',
    'lo_get(1)',
    'loread(1, 2)',
    'lowrite(1, a)',
    "dblink('host=evil', 'select 1')",
    'dblink_exec(a)',
    'pg_terminate_backend(1)',
    'pg_cancel_backend(1)',
    'pg_reload_conf()',
    'pg_rotate_logfile()',
    'pg_advisory_lock(1)',
    'pg_advisory_xact_lock_shared(1)',
    'pg_try_advisory_lock(1)',
    "pg_notify('a', 'b')",
    'pg_switch_wal()',
    "pg_create_restore_point('a')",
    "pg_create_physical_replication_slot('a')",
    "pg_drop_replication_slot('a')",
    "pg_copy_logical_replication_slot('a', 'b')",
    "pg_logical_emit_message(true, 'a', 'b')",
    "pg_replication_origin_create('a')",
    'pg_promote()',
    'pg_stat_reset()',
    'pg_stat_statements_reset()',
    'pg_stat_reset_shared(a)',
    'pg_backup_start(a)',
    'pg_wal_replay_pause()',
    'pg_log_backend_memory_contexts(1)',
    'pg_set_relation_stats(a)',
    "query_to_xml('delete from a', true, true, '')",
    'query_to_xml_and_xmlschema(a)',
    "cursor_to_xml('c', 1, true, true, '')",
    'table_to_xml(a)',
    'schema_to_xml(a)',
    'database_to_xmlschema(a)',
    "ts_stat('select 1')",
    'ts_rewrite(a, b)',
    'crosstab(a)',
    'crosstab4(a)',
    'connectby(a)',
    'xpath_table(a)',
    'http_get(a)',
    'http_post(a)',
    'pg_prewarm(a)',
    'pg_background_launch(a)',
    'cron.schedule(a)',
    'net.anything(a)',
    'aws_lambda.invoke(a)',
    'query_export_to_s3(a)',
    'binary_upgrade_create_empty_extension(a)',
    'pg_export_snapshot()',
  ];
  const positions: [string, (call: string) => string][] = [
    ['as a column', (call) => `SELECT ${call}`],
    ['in FROM', (call) => `SELECT * FROM ${call} AS a`],
    ['in ROWS FROM', (call) => `SELECT * FROM ROWS FROM (lower('a'), ${call}) AS a`],
    ['in WHERE', (call) => `SELECT 1 WHERE ${call} IS NULL`],
    ['in a subquery of a CTE', (call) => `WITH a AS (SELECT (SELECT ${call})) TABLE a`],
    ['in VALUES', (call) => `VALUES (1), (${call})`],
    ['as an argument', (call) => `SELECT lower(${call}::text)`],
    ['in ORDER BY', (call) => `SELECT 1 ORDER BY ${call}`],
    ['in LIMIT', (call) => `SELECT 1 LIMIT ${call}`],
    ['in a window', (call) => `SELECT count(*) OVER (ORDER BY ${call})`],
    ['in CASE', (call) => `SELECT CASE WHEN true THEN ${call} END`],
    ['in EXPLAIN', (call) => `EXPLAIN SELECT ${call}`],
    ['in UNION', (call) => `SELECT 1 UNION ALL (SELECT ${call})`],
    ['in LATERAL JOIN', (call) => `SELECT 1 FROM a JOIN LATERAL ${call} b ON true`],
    ['in GROUPING SETS', (call) => `SELECT 1 GROUP BY GROUPING SETS ((${call}), ())`],
    ['in JSON', (call) => `SELECT json_object('a': ${call})`],
  ];

  it.each(denied)('%s wherever it stands', async (call) => {
    const name = /(\w+)\(/.exec(call)?.[1] ?? '';
    for (const [, at] of positions) {
      expect(await refusal(at(call))).toEqual({ expected: 'functions that only read', got: `${name}()` });
    }
  });

  it.each([
    'pg_catalog.set_config(a)',
    'PG_CATALOG.SET_CONFIG(a)',
    '"set_config"(a)',
    '"pg_catalog"."set_config"(a)',
    'pg_catalog . set_config (a)',
    'pg_catalog/* */./* */set_config/* */(a)',
    'U&"\\0073et_config"(a)',
    'public.set_config(a)',
    'mydb.pg_catalog.set_config(a)',
    'set_config(VARIADIC a)',
    'set_config(a => 1)',
    'set_config(DISTINCT a)',
  ])('set_config written as %s', async (call) => {
    expect(await refusal(`SELECT ${call}`)).toEqual({ expected: 'functions that only read', got: 'set_config()' });
  });
});

describe('SqlGuard reports', () => {
  it('the parameters and functions of a statement', async () => {
    const sql = 'SELECT lower($1), My.F($3) FROM g() WHERE lower(a) = $2';
    const { kind, parameters, functions } = await guard.inspect(sql);
    const byName = [...functions].sort((one, other) => one.name.localeCompare(other.name));
    expect({ kind, parameters, functions: byName }).toEqual({
      kind: 'select',
      parameters: 3,
      functions: [
        { schema: 'my', name: 'f' },
        { schema: undefined, name: 'g' },
        { schema: undefined, name: 'lower' },
      ],
    });
  });

  it('the same verdict for the same text, and forgets the oldest of many', async () => {
    const own = new SqlGuard();
    const first = await own.inspect('SELECT 0');
    expect(await own.inspect('SELECT 0')).toBe(first);
    for (let i = 1; i <= 500; i++) await own.inspect(`SELECT ${i}`);
    expect(await own.inspect('SELECT 0')).not.toBe(first);
  });
});
