import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { objectTypes } from './operations/exploring.js';
import { contextOf, TestDatabase } from './testing/test-database.js';

describe('lists of', () => {
  const given = new TestDatabase();

  beforeAll(
    () =>
      given.create(`
        CREATE EXTENSION pg_trgm;
        CREATE SCHEMA audit;
        CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, email text UNIQUE, gone boolean);
        CREATE INDEX users_lower_name ON users (lower(name)) INCLUDE (email) WHERE NOT gone;
        CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
        CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE audit.log (id bigint PRIMARY KEY);
        CREATE VIEW people AS SELECT id, name FROM users;
        COMMENT ON VIEW people IS 'All of them';
        CREATE MATERIALIZED VIEW audit.totals AS SELECT count(*) AS n FROM users WITH NO DATA;
        CREATE SEQUENCE numbers INCREMENT 5;
        CREATE TYPE mood AS ENUM ('happy', 'so so');
        CREATE DOMAIN percent AS int CHECK (value BETWEEN 0 AND 100);
        CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
        COMMENT ON FUNCTION double IS 'Twice as much';
        CREATE PROCEDURE clean() LANGUAGE sql AS 'DELETE FROM users';
        CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER stamped BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp();
        CREATE POLICY own_rows ON users USING (NOT gone)`),
    30_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  type ObjectType = (typeof objectTypes)[number];
  const objects = async (schema: string, type: ObjectType) => {
    const answer = await given.start().listObjects({ database: 'test', schema, type }, contextOf());
    return answer.objects.map(({ name, detail, description }) => [name, detail, description]);
  };

  it.each<[ObjectType, unknown[][]]>([
    [
      'table',
      [
        ['events', 'partitioned by RANGE (at)', null],
        ['users', null, null],
      ],
    ],
    ['view', [['people', null, 'All of them']]],
    [
      'sequence',
      [
        ['numbers', 'bigint, increments by 5, not used yet', null],
        ['users_id_seq', 'integer, increments by 1, not used yet', null],
      ],
    ],
    [
      'function',
      [
        ['double', 'double(n integer) returns integer, sql', 'Twice as much'],
        ['stamp', 'stamp() returns trigger, plpgsql', null],
      ],
    ],
    ['procedure', [['clean', 'clean(), sql', null]]],
    [
      'type',
      [
        ['mood', 'enum: happy, so so', null],
        ['percent', 'domain over integer', null],
      ],
    ],
    [
      'trigger',
      [['stamped', 'CREATE TRIGGER stamped BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION stamp()', null]],
    ],
    ['policy', [['own_rows', 'on users using (NOT gone)', null]]],
    ['extension', [['pg_trgm', 'version 1.6', 'text similarity measurement and index searching based on trigrams']]],
    ['foreign-table', []],
  ])('objects of the type %s', async (type, expected) => {
    expect(await objects('public', type)).toEqual(expected);
  });

  it('sequences that the role may not read, which may be in use all the same', async () => {
    await given.owner.query(`
      CREATE SCHEMA closed; CREATE SEQUENCE closed.hidden; SELECT nextval('closed.hidden');
      CREATE SEQUENCE closed.shown; SELECT nextval('closed.shown');
      GRANT SELECT ON closed.shown TO ${given.writer}`);
    expect(await objects('closed', 'sequence')).toEqual([
      ['hidden', 'bigint, increments by 1, last value may not be read', null],
      ['shown', 'bigint, increments by 1, last value 1', null],
    ]);
  });

  it('objects of another schema', async () => {
    expect(await objects('audit', 'materialized-view')).toEqual([['totals', 'never refreshed', null]]);
    expect(await objects('audit', 'index')).toEqual([
      ['log_pkey', 'CREATE UNIQUE INDEX log_pkey ON audit.log USING btree (id)', null],
    ]);
  });

  it('objects of an unknown schema: there is none, and near names', async () => {
    await expect(objects('audti', 'table')).rejects.toMatchObject({
      kind: 'failed',
      message: 'There is no schema "audti"; did you mean audit?',
      details: { didYouMean: ['audit'] },
    });
  });

  it('indexes', async () => {
    const service = given.start();
    const all = await service.listIndexes({ database: 'test' }, contextOf());
    expect(all.indexes.map(({ schema, table, name }) => [schema, table, name])).toEqual([
      ['public', 'users', 'users_pkey'],
      ['public', 'users', 'users_email_key'],
      ['public', 'users', 'users_lower_name'],
      ['audit', 'log', 'log_pkey'],
    ]);
    expect(all.indexes[2]).toEqual({
      schema: 'public',
      name: 'users_lower_name',
      table: 'users',
      method: 'btree',
      columns: ['lower(name)', 'email'],
      unique: false,
      primary: false,
      valid: true,
      definition:
        'CREATE INDEX users_lower_name ON public.users USING btree (lower(name)) INCLUDE (email) WHERE (NOT gone)',
      bytes: 8192,
      scans: 0,
      lastUsed: null,
    });
    const names = async (input: { schema?: string; table?: string }) =>
      (await service.listIndexes({ database: 'test', ...input }, contextOf())).indexes.map(({ name }) => name);
    expect(await names({ schema: 'audit' })).toEqual(['log_pkey']);
    expect(await names({ table: 'audit.log' })).toEqual(['log_pkey']);
    await expect(names({ table: 'usrs' })).rejects.toThrow('There is no table or view "usrs"; did you mean users?');
  });

  it('extensions', async () => {
    const service = given.start();
    const { extensions, available } = await service.listExtensions({ database: 'test', schema: 'public' }, contextOf());
    expect(extensions).toEqual([
      {
        name: 'pg_trgm',
        version: '1.6',
        newerVersion: null,
        schema: 'public',
        description: 'text similarity measurement and index searching based on trigrams',
      },
    ]);
    expect(available).toContain('pg_stat_statements');
    expect(available).not.toContain('pg_trgm');
  });

  it('views', async () => {
    expect(await given.start().listViews({ database: 'test' }, contextOf())).toEqual({
      views: [
        {
          schema: 'public',
          name: 'people',
          materialized: false,
          populated: true,
          updatable: true,
          columns: ['id', 'name'],
          definition: ' SELECT id,\n    name\n   FROM users;',
          description: 'All of them',
        },
        {
          schema: 'audit',
          name: 'totals',
          materialized: true,
          populated: false,
          updatable: false,
          columns: ['n'],
          definition: ' SELECT count(*) AS n\n   FROM users;',
          description: null,
        },
      ],
      more: false,
    });
  });
});
