import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PreparedStatements } from './prepared-statements.js';
import { queryOn, rowsOf, TestDatabase } from './testing/test-database.js';

describe('the statements of a connection', () => {
  const unnamed = { name: '', parse: true };

  it('are named from the second time on, and then need no parsing', () => {
    const statements = new PreparedStatements();
    const three = [1, 2, 3].map(() => statements.preparationOf('SELECT 1'));
    expect(three).toEqual([unnamed, { name: 'gateway_1', parse: true }, { name: 'gateway_1', parse: false }]);
  });

  it('stay within bounds: the least used makes room', () => {
    const statements = new PreparedStatements();
    const twice = (text: string) => [statements.preparationOf(text), statements.preparationOf(text)][1];
    for (let n = 1; n <= 100; n++) twice(`SELECT ${n}`);
    statements.preparationOf('SELECT 1');
    expect(twice('SELECT 101')).toEqual({ name: 'gateway_101', parse: true, close: 'gateway_2' });
    expect(statements.preparationOf('SELECT 1')).toEqual({ name: 'gateway_1', parse: false });
    expect(statements.preparationOf('SELECT 2')).toEqual(unnamed);
  });

  it('are prepared anew after a reset, under other names', () => {
    const statements = new PreparedStatements();
    for (let n = 0; n < 3; n++) statements.preparationOf('SELECT 1');
    statements.clear();
    expect(statements.preparationOf('SELECT 1')).toEqual({ name: 'gateway_2', parse: true });
  });

  it('keep their columns, if those are not too many', () => {
    const statements = new PreparedStatements();
    const described = (text: string, columns: number) => {
      const fields = Array.from({ length: columns }, (_, i) => ({ name: `c${i}`, dataTypeID: 23 }));
      for (let n = 0; n < 3; n++) statements.describe(statements.preparationOf(text), fields);
      return statements.preparationOf(text).fields;
    };
    expect(described('SELECT 1', 1)).toEqual([{ name: 'c0', dataTypeID: 23 }]);
    expect(described('SELECT *', 101)).toBeUndefined();
    expect(statements.preparationOf('SELECT 2').fields).toBeUndefined();
  });

  it('never hold a long text', () => {
    const statements = new PreparedStatements();
    const long = `SELECT '${'x'.repeat(10_000)}'`;
    expect([1, 2, 3].map(() => statements.preparationOf(long))).toEqual([unnamed, unnamed, unnamed]);
  });
});

describe('prepared statements in a database', () => {
  const given = new TestDatabase();
  const kept = 'SELECT count(*)::int AS n FROM pg_prepared_statements';

  beforeAll(
    () =>
      given.create(
        'CREATE TABLE plans (a int); INSERT INTO plans VALUES (1); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      ),
    30_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  it('answer as before, with other parameters each time', async () => {
    const service = given.start();
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(await rowsOf(service, 'SELECT $1::int * 2 AS n', { params: [n] })).toEqual([{ n: n * 2 }]);
    }
    expect(await rowsOf(service, `${kept} WHERE statement LIKE '%* 2%'`)).toEqual([{ n: 1 }]);
  });

  it('answer as many rows as each call asks for', async () => {
    const service = given.start();
    const three = 'SELECT n FROM generate_series(1, 3) AS n';
    for (const limit of [1, 1, 1, 1, 2, 2, 3, 1]) {
      expect(await rowsOf(service, three, { limit })).toHaveLength(limit);
    }
    const two = 'SELECT n FROM generate_series(1, $1) AS n';
    for (const n of [1, 1, 1, 1, 2, 2]) {
      expect(await rowsOf(service, two, { params: [n], limit: 5 })).toHaveLength(n);
    }
  });

  it('are closed when there are too many', async () => {
    const service = given.start();
    for (let n = 0; n < 130; n++) {
      await queryOn(service, `SELECT ${n}`);
      await queryOn(service, `SELECT ${n}`);
    }
    const [row] = await rowsOf(service, kept);
    expect(row?.n).toBe(100);
  });

  it('survive a change of the table, a reset of the session and an error', async () => {
    const service = given.start();
    const all = () => rowsOf(service, 'SELECT * FROM plans');
    for (let n = 0; n < 3; n++) expect(await all()).toEqual([{ a: 1 }]);
    await given.owner.query('ALTER TABLE plans ADD COLUMN b text');
    for (let n = 0; n < 3; n++) expect(await all()).toEqual([{ a: 1, b: null }]);
    await given.owner.query('ALTER TABLE plans ALTER COLUMN a TYPE text');
    expect(await all()).toEqual([{ a: '1', b: null }]);
    await queryOn(service, 'SELECT f()');
    expect(await all()).toEqual([{ a: '1', b: null }]);
    await expect(queryOn(service, 'SELECT 1 / 0')).rejects.toMatchObject({ details: { sqlState: '22012' } });
    for (let n = 0; n < 3; n++) expect(await all()).toEqual([{ a: '1', b: null }]);
  });
});
