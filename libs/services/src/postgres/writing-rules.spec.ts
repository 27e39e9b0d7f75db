import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqlGuard } from './sql-guard.js';
import { refusalOf } from './testing/refusal.js';
import { looksLikeDefinition } from './writing-rules.js';

const guard = new SqlGuard();
const inspect = (sql: string) => guard.inspectChange(sql);
const refusal = (sql: string) => refusalOf({ inspect }, sql);

const changing =
  'one statement that changes rows (INSERT, UPDATE, DELETE, MERGE, SELECT) or, with the permission "admin", defines tables, indexes, views, sequences, types or schemas';

const rowChanges: [string, number][] = [
  ["INSERT INTO users (name) VALUES ('a'), ($1) RETURNING *", 1],
  ['UPDATE users SET name = $2 WHERE id = $1', 2],
  ['DELETE FROM users USING gone WHERE users.id = gone.id;', 0],
  ['MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE', 0],
  ['INSERT INTO a SELECT * FROM b ON CONFLICT (id) DO UPDATE SET c = excluded.c', 0],
  ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', 0],
  ['WITH new AS (INSERT INTO a VALUES (1) RETURNING *) SELECT * FROM new', 0],
  ['SELECT * FROM jobs FOR UPDATE SKIP LOCKED', 0],
  ['/* DROP TABLE a */ UPDATE a SET b = 1', 0],
  ["INSERT INTO a VALUES (nextval('a_id_seq'), $65535)", 65_535],
];

const definitions = [
  'CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY, b text DEFAULT now()::text)',
  'create table a as select 1',
  'CREATE INDEX ON a (lower(b)) WHERE c',
  'CREATE OR REPLACE VIEW a AS SELECT 1',
  'CREATE MATERIALIZED VIEW a AS SELECT 1',
  'REFRESH MATERIALIZED VIEW a',
  'CREATE SCHEMA a',
  'CREATE SEQUENCE a',
  "CREATE TYPE a AS ENUM ('b')",
  "ALTER TYPE a ADD VALUE 'c'",
  'CREATE TYPE a AS (b int)',
  'CREATE DOMAIN a AS int CHECK (value > 0)',
  'CREATE STATISTICS a ON b, c FROM d',
  'ALTER TABLE a ADD COLUMN b int, DROP COLUMN c',
  'ALTER TABLE a RENAME b TO c',
  'ALTER TABLE a SET SCHEMA b',
  'ALTER SEQUENCE a RESTART',
  'TRUNCATE a, b CASCADE',
  'DROP TABLE IF EXISTS a CASCADE',
  'DROP SCHEMA a',
  "COMMENT ON COLUMN a.b IS 'c'",
  'REINDEX TABLE a',
  '-- first\n  /* a /* nested */ comment */ ; DROP INDEX a',
];

describe('a change', () => {
  it.each(rowChanges)('of rows: %s', async (sql, parameters) => {
    expect(await inspect(sql)).toEqual({ definition: false, parameters, json: new Set() });
    expect(looksLikeDefinition(sql)).toBe(false);
  });

  it.each(definitions)('that defines: %s', async (sql) => {
    expect(await inspect(sql)).toEqual({ definition: true, parameters: 0, json: new Set() });
    expect(looksLikeDefinition(sql)).toBe(true);
  });

  it('is known for a definition by its first word, whatever stands before it', async () => {
    const space = fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '\r',
      '\f',
      '\v',
      ';',
      '--x\n',
      '--\r',
      '/**/',
      '/*/**/*/',
      '/* ; -- */',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(space), fc.constantFrom(...definitions), async (before, sql) => {
        const text = before.join('') + sql;
        const { definition } = await inspect(text);
        expect(looksLikeDefinition(text)).toBe(definition);
      }),
    );
  });
});

describe('no change is', () => {
  it.each([
    ['', 'exactly one statement', 'no statement'],
    ['DELETE FROM a; DROP TABLE a', 'exactly one statement', '2 statements'],
    ['BEGIN', changing, 'BEGIN, COMMIT or another transaction statement'],
    ['COMMIT', changing, 'BEGIN, COMMIT or another transaction statement'],
    ['SAVEPOINT a', changing, 'BEGIN, COMMIT or another transaction statement'],
    ['SET work_mem = 1', changing, 'SET'],
    ['SET LOCAL ROLE postgres', changing, 'SET'],
    ['RESET ALL', changing, 'SET'],
    ['SHOW work_mem', changing, 'VARIABLE SHOW'],
    ['LISTEN a', changing, 'LISTEN'],
    ['NOTIFY a', changing, 'NOTIFY'],
    ['LOCK TABLE a', changing, 'LOCK'],
    ['DO $$ BEGIN END $$', changing, 'DO'],
    ['CALL a()', changing, 'CALL'],
    ["COPY a FROM PROGRAM 'sh'", changing, 'COPY'],
    ['COPY a TO STDOUT', changing, 'COPY'],
    ['PREPARE a AS DELETE FROM b', changing, 'PREPARE'],
    ['EXECUTE a', changing, 'EXECUTE'],
    ['EXPLAIN ANALYZE DELETE FROM a', changing, 'EXPLAIN'],
    ['VACUUM', changing, 'VACUUM'],
    ["LOAD 'a'", changing, 'LOAD'],
    ['DISCARD ALL', changing, 'DISCARD'],
    ['CREATE ROLE a', changing, 'CREATE ROLE'],
    ['ALTER ROLE a SUPERUSER', changing, 'ALTER ROLE'],
    ['GRANT ALL ON a TO b', changing, 'GRANT'],
    ['CREATE EXTENSION dblink', changing, 'CREATE EXTENSION'],
    ["CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT 1'", changing, 'CREATE FUNCTION'],
    ['CREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION c()', changing, 'CREATE TRIG'],
    ['CREATE RULE a AS ON INSERT TO b DO NOTHING', changing, 'RULE'],
    ['CREATE DATABASE a', changing, 'CREATEDB'],
    ['ALTER SYSTEM SET work_mem = 1', changing, 'ALTER SYSTEM'],
    ['DROP FUNCTION a', changing, 'DROP of a function'],
    ['DROP EXTENSION a', changing, 'DROP of a extension'],
    ['ALTER ROLE a RENAME TO b', changing, 'RENAME of a role'],
    ["COMMENT ON ROLE a IS 'b'", changing, 'COMMENT of a role'],
    ['CREATE SCHEMA a CREATE TABLE b (c int)', changing, 'CREATE TABLE inside CREATE SCHEMA'],
    ['CREATE TABLE a AS EXECUTE b', changing, 'EXECUTE inside CREATE TABLE AS'],
    ['ALTER TABLE a OWNER TO postgres', "the gateway's own role as owner", 'another role'],
    ['CREATE SCHEMA a AUTHORIZATION b', "the gateway's own role as owner", 'another role'],
    ['CREATE TEMP TABLE a (b int)', 'a table that stays', 'a temporary one'],
    ['CREATE TEMP VIEW a AS SELECT 1', 'a table that stays', 'a temporary one'],
    ['CREATE INDEX CONCURRENTLY ON a (b)', 'a statement that can run in a transaction', 'CREATE INDEX CONCURRENTLY'],
    ['DROP INDEX CONCURRENTLY a', 'a statement that can run in a transaction', 'DROP CONCURRENTLY'],
    ['SELECT * INTO a FROM b', 'SELECT without INTO (CREATE TABLE AS does the same)', 'SELECT INTO'],
    ["UPDATE a SET b = pg_read_file('/etc/passwd')", 'functions that act on rows alone', 'pg_read_file()'],
    ["DELETE FROM a RETURNING set_config('a.b', 'c', false)", 'functions that act on rows alone', 'set_config()'],
    ["INSERT INTO a SELECT lo_import('/etc/passwd')", 'functions that act on rows alone', 'lo_import()'],
    ['CREATE VIEW a AS SELECT pg_terminate_backend(1)', 'functions that act on rows alone', 'pg_terminate_backend()'],
    ["CREATE TABLE a (b text DEFAULT dblink_exec('c'))", 'functions that act on rows alone', 'dblink_exec()'],
    ["SELECT setval('a_id_seq', 1)", 'functions that act on rows alone', 'setval()'],
    ['DELETE FROM a WHERE b = $65536', 'parameters up to $65535', '$65536'],
    ['UPDATE a SET', 'valid PostgreSQL', 'syntax error at end of input (character 13)'],
  ])('%j', async (sql, expected, got) => {
    expect(await refusal(sql)).toEqual({ expected, got });
  });
});
