import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contextOf, queryOn, rowsOf, TestDatabase } from './testing/test-database.js';

describe('queries', () => {
  const given = new TestDatabase();

  beforeAll(
    () => given.create(`CREATE TYPE mood AS ENUM ('happy', 'so so'); CREATE TABLE users (id int, name text)`),
    30_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  it('answers rows, columns and whether there are more', async () => {
    const service = given.start();
    expect(await queryOn(service, "VALUES (1, 'Drawing'), (2, 'Piano'), (3, 'Yoga')", { limit: 2 })).toEqual({
      rows: [
        { column1: 1, column2: 'Drawing' },
        { column1: 2, column2: 'Piano' },
      ],
      columns: [
        { name: 'column1', type: 'integer' },
        { name: 'column2', type: 'text' },
      ],
      rowCount: 2,
      more: true,
      cursor: expect.stringMatching(/^rows_[0-9a-f]{32}\.0\.2$/) as string,
    });
    expect(await queryOn(service, 'SELECT 1 AS a WHERE false')).toEqual({
      rows: [],
      columns: [{ name: 'a', type: 'integer' }],
      rowCount: 0,
      more: false,
    });
  });

  it('says that there is no more when the limit is just met', async () => {
    const answer = await queryOn(given.start(), 'SELECT generate_series(1, 3) AS n', { limit: 3 });
    expect(answer).toMatchObject({ rowCount: 3, more: false });
  });

  it.each([
    ['true', 'boolean', true],
    ['null::int', 'integer', null],
    ['32767::int2', 'smallint', 32767],
    ['9007199254740993::int8', 'bigint', '9007199254740993'],
    ['12345678901234567890.10::numeric', 'numeric', '12345678901234567890.10'],
    ["'NaN'::numeric", 'numeric', 'NaN'],
    ['1.5::float4', 'real', 1.5],
    ["'NaN'::float8", 'double precision', 'NaN'],
    ["'-Infinity'::float8", 'double precision', '-Infinity'],
    ["'a'::char(3)", 'character', 'a  '],
    ["'é€😀'::varchar(9)", 'character varying', 'é€😀'],
    ["timestamptz '2026-11-20 10:30:00.123456+02'", 'timestamp with time zone', '2026-11-20T08:30:00.123456Z'],
    ["timestamptz 'infinity'", 'timestamp with time zone', 'infinity'],
    ["timestamptz '0044-03-15 12:00:00+00 BC'", 'timestamp with time zone', '0044-03-15 12:00:00+00 BC'],
    ["timestamp '2026-11-20 10:30:00'", 'timestamp without time zone', '2026-11-20 10:30:00'],
    ["date '2026-11-20'", 'date', '2026-11-20'],
    ["time '10:30'", 'time without time zone', '10:30:00'],
    ["interval '1 day 2 hours'", 'interval', '1 day 02:00:00'],
    ["'\\x00ff10'::bytea", 'bytea', 'AP8Q'],
    [`'{"a": [1, null, "b"]}'::jsonb`, 'jsonb', { a: [1, null, 'b'] }],
    ["'null'::json", 'json', null],
    ["'[1, 2]'::json", 'json', [1, 2]],
    [`repeat('[', 100)::text || repeat(']', 100)`, 'text', '['.repeat(100) + ']'.repeat(100)],
    [`(repeat('[', 100) || repeat(']', 100))::jsonb`, 'jsonb', '['.repeat(100) + ']'.repeat(100)],
    ["'{1,NULL,3}'::int[]", 'integer[]', [1, null, 3]],
    [
      "'{{1,2},{3,4}}'::int8[]",
      'bigint[]',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [`ARRAY['a"b', 'c,d', '{e}', 'f\\g', '', 'NULL', NULL]`, 'text[]', ['a"b', 'c,d', '{e}', 'f\\g', '', 'NULL', null]],
    ["'[0:1]={7,8}'::int[]", 'integer[]', [7, 8]],
    ["'{}'::text[]", 'text[]', []],
    ["ARRAY[timestamptz '2026-01-01 00:00:00Z']", 'timestamp with time zone[]', ['2026-01-01T00:00:00Z']],
    ["'so so'::mood", 'mood', 'so so'],
    ["ARRAY['happy', 'so so']::mood[]", 'mood[]', ['happy', 'so so']],
    ["'1 2'::int2vector", 'int2vector', '1 2'],
    ["'10.0.0.0/8'::inet", 'inet', '10.0.0.0/8'],
    [`'{"id": 9007199254740993}'::jsonb`, 'jsonb', { id: '9007199254740993' }],
    ["'1e400'::json", 'json', '1e400'],
    ['(1, 2)', 'record', '(1,2)'],
  ])('reads %s as %s', async (expression, type, value) => {
    const answer = await queryOn(given.start(), `SELECT ${expression} AS v`);
    const [row] = JSON.parse(JSON.stringify(answer.rows)) as Record<string, unknown>[];
    expect({ columns: answer.columns, row }).toEqual({ columns: [{ name: 'v', type }], row: { v: value } });
  });

  it('keeps columns of the same name apart, and a column called __proto__', async () => {
    const answer = await queryOn(given.start(), 'SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a, 5 AS "__proto__"');
    expect(answer.columns.map((column) => column.name)).toEqual(['a', 'a_3', 'a_2', 'a_4', '__proto__']);
    expect(JSON.stringify(answer.rows)).toBe('[{"a":1,"a_3":2,"a_2":3,"a_4":4,"__proto__":5}]');
  });

  it('takes parameters of every kind', async () => {
    const sql =
      'SELECT $1::int + 1 AS number, $2::text AS text, $3::bool AS flag, $4::text IS NULL AS empty, $5::jsonb AS json, 2 = ANY ($6::int[]) AS found, $7::text[] AS words';
    const params = [41, `it's; "quoted"`, true, null, { a: [1] }, [1, 2], ['a"b', 'c\\d', null, 'NULL']];
    expect(await rowsOf(given.start(), sql, { params })).toEqual([
      {
        number: 42,
        text: `it's; "quoted"`,
        flag: true,
        empty: true,
        json: { a: [1] },
        found: true,
        words: ['a"b', 'c\\d', null, 'NULL'],
      },
    ]);
  });

  it('takes an array as JSON where the statement says so, with each call and on each page', async () => {
    const service = given.start();
    const sql =
      'SELECT $1::jsonb AS a, CAST($2 AS json) AS b, $3::pg_catalog.jsonb AS c, $4::text[] AS d, $5::jsonb[] AS e FROM generate_series(1, 3)';
    const params = [[1, 'x', [{ y: null }]], [], [[]], ['z'], [{ n: 1 }]];
    const row = { a: [1, 'x', [{ y: null }]], b: [], c: [[]], d: ['z'], e: [{ n: 1 }] };
    for (let time = 0; time < 3; time++) {
      const { rows, cursor } = await queryOn(service, sql, { params, limit: 2 });
      expect(rows).toEqual([row, row]);
      const next = await service.query({ cursor: cursor ?? '', query: sql, params }, contextOf());
      expect(next.rows).toEqual([row]);
    }
    const input = { database: 'test', query: 'SELECT $1::jsonb @> $1::jsonb', params: [[1]] };
    const explained = await service.explain({ ...input, analyze: false, format: 'text' }, contextOf());
    expect(explained.plan).toContain('Result');
  });

  it.each([
    ['SELECT $1::int', undefined, '1 value, for $1', '0'],
    ['SELECT $1::int + $2::int', [1], '2 values', '1'],
    ['SELECT 1', [1], '0 values', '1'],
  ])('refuses %s with params %j', async (sql, params, expected, got) => {
    await expect(queryOn(given.start(), sql, { params })).rejects.toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'params', expected, got }] },
    });
  });

  it('tells what PostgreSQL says about a wrong query, with its position', async () => {
    await expect(queryOn(given.start(), 'SELECT nam FROM users')).rejects.toMatchObject({
      kind: 'failed',
      message: 'column "nam" does not exist',
      details: {
        sqlState: '42703',
        position: 8,
        hint: 'Perhaps you meant to reference the column "users.name".',
      },
    });
  });

  it('runs SHOW and EXPLAIN', async () => {
    const service = given.start();
    expect(await rowsOf(service, 'SHOW transaction_read_only')).toEqual([{ transaction_read_only: 'on' }]);
    expect(await rowsOf(service, 'EXPLAIN (COSTS OFF) SELECT 1')).toEqual([{ 'QUERY PLAN': 'Result' }]);
  });

  it('goes to the first database by sql-query', async () => {
    const answer = await given.start().sqlQuery({ query: 'SELECT $1::text AS a', params: ['b'] }, contextOf());
    expect(answer.rows).toEqual([{ a: 'b' }]);
  });

  it('names the configured databases when another is asked for', async () => {
    await expect(queryOn(given.start(), 'SELECT 1', { database: 'nope' })).rejects.toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'database', expected: 'one of test', got: '"nope"' }] },
    });
  });
});
