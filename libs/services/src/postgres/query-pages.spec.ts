import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresService } from './postgres.service.js';
import { contextOf, queryOn, rowsOf, TestDatabase } from './testing/test-database.js';

const database = new TestDatabase();

beforeAll(() =>
  database.create(`
    CREATE FUNCTION slowly(n int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN IF n > 10 THEN PERFORM pg_sleep(0.2); END IF; RETURN n; END $$`),
);
afterEach(() => database.stopServices());
afterAll(() => database.drop());

const numbers = (upTo: number) => `SELECT n FROM generate_series(1, ${upTo}) n`;
const next = (service: PostgresService, cursor: string | undefined, limit?: number) =>
  service.query({ cursor, ...(limit !== undefined && { limit }) }, contextOf());

describe('the pages of a result', () => {
  it.each([
    [9, { rowCount: 9, more: false }, false],
    [10, { rowCount: 10, more: false }, false],
    [11, { rowCount: 10, more: true }, true],
  ])('of %i rows, 10 on a page', async (total, page, goesOn) => {
    const answer = await queryOn(database.start(), numbers(total), { limit: 10 });
    expect(answer).toMatchObject(page);
    expect('cursor' in answer).toBe(goesOn);
  });

  it('are as large as each call says, and else as the one before', async () => {
    const service = database.start();
    const first = await queryOn(service, numbers(100), { limit: 10 });
    const second = await next(service, first.cursor, 30);
    const third = await next(service, second.cursor);
    const last = await next(service, third.cursor, 30);
    expect([second, third, last].map(({ rowCount, more }) => [rowCount, more])).toEqual([
      [30, true],
      [30, true],
      [30, false],
    ]);
    expect([first, second, third, last].flatMap(({ rows }) => rows.map(({ n }) => n))).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(last).not.toHaveProperty('cursor');
    expect(last.columns).toEqual(first.columns);
  });

  it('end with what was read on, and say that there was more', async () => {
    const service = database.start();
    const first = await queryOn(service, numbers(20_000), { limit: 1 });
    const second = await next(service, first.cursor, 10_000);
    const last = await next(service, second.cursor);
    expect(second).toMatchObject({ rowCount: 10_000, more: true });
    expect(last.rows.map(({ n }) => n)).toEqual([
      10_002, 10_003, 10_004, 10_005, 10_006, 10_007, 10_008, 10_009, 10_010,
    ]);
    expect(last).toMatchObject({ rowCount: 9, more: true });
    expect(last).not.toHaveProperty('cursor');
  });

  it('hold rows that are larger than what is read on, one by one', async () => {
    const service = database.start();
    const sql = "SELECT n, repeat('x', 4000000) AS body FROM generate_series(1, 3) n";
    const first = await queryOn(service, sql, { limit: 1 });
    const second = await next(service, first.cursor);
    expect(second).toMatchObject({ rowCount: 1, more: true, rows: [{ n: 2 }] });
    expect(second).not.toHaveProperty('cursor');
  });

  it('lose no row where a page is ended by its bytes', async () => {
    const service = database.start();
    const sql = "SELECT n, repeat('x', 1000000) AS body FROM generate_series(1, 20) n";
    const first = await queryOn(service, sql, { limit: 18 });
    expect(first.rowCount).toBe(15);
    const second = await next(service, first.cursor);
    expect([...first.rows, ...second.rows].map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(second.more).toBe(false);
  });
});

describe('what comes after the first page can not spoil it', () => {
  it('a failure ends what is read on', async () => {
    const service = database.start();
    const first = await queryOn(service, 'SELECT n, 1 / (50 - n) AS q FROM generate_series(1, 100) n', { limit: 10 });
    expect(first).toMatchObject({ rowCount: 10, more: true });
    const second = await next(service, first.cursor, 100);
    expect(second).toMatchObject({ rowCount: 39, more: true });
    expect(second).not.toHaveProperty('cursor');
    expect(await rowsOf(service, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.each([
    ['rows that come slowly', {}],
    ["the query's own timeout", { timeoutMs: 700 }],
  ])('%s', async (_name, options) => {
    const service = database.start();
    const first = await queryOn(service, 'SELECT slowly(n) AS n FROM generate_series(1, 1000) n', {
      limit: 10,
      ...options,
    });
    expect(first).toMatchObject({ rowCount: 10, more: true });
    const second = await next(service, first.cursor, 1_000);
    expect(second.rows[0]).toEqual({ n: 11 });
    expect(second.rowCount).toBeLessThan(50);
    expect(await rowsOf(service, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const { rows } = await database.owner.query(
      "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT slowly%' AND state = 'active'",
    );
    expect(rows).toEqual([]);
  });
});
