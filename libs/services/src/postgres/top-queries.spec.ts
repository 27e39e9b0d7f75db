import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contextOf, queryOn, TestDatabase } from './testing/test-database.js';

type Sort = 'total' | 'mean' | 'calls' | 'rows' | 'reads';

describe('the most expensive queries', () => {
  const given = new TestDatabase();

  beforeAll(() => given.create('CREATE TABLE users (id int)'), 30_000);
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  const top = (sort: Sort = 'total', limit = 500) =>
    given.start().topQueries({ database: 'test', sort, limit }, contextOf());
  const preloaded = async () => {
    const { rows } = await given.owner.query<{ libraries: string }>(
      `SELECT current_setting('shared_preload_libraries') AS libraries`,
    );
    return rows[0]?.libraries.includes('pg_stat_statements');
  };

  it('need an extension, and say what to do without it', async () => {
    await expect(top()).rejects.toMatchObject({
      kind: 'failed',
      message:
        "The database test has no extension pg_stat_statements. The operator runs CREATE EXTENSION pg_stat_statements in it; where the server does not load it yet, shared_preload_libraries = 'pg_stat_statements' and a restart come first",
    });
  });

  it('are told by the extension, or what is missing when the server does not load it', async () => {
    await given.owner.query('CREATE SCHEMA "My Stats"; CREATE EXTENSION pg_stat_statements SCHEMA "My Stats"');
    await given.owner.query(`GRANT USAGE ON SCHEMA "My Stats" TO ${given.writer}`);
    const service = given.start();
    for (const n of [1, 2, 3]) await queryOn(service, `SELECT ${n} AS found_by_the_test`);
    if (!(await preloaded())) {
      await expect(top()).rejects.toMatchObject({
        kind: 'failed',
        message:
          "The server of test does not load pg_stat_statements. The operator sets shared_preload_libraries = 'pg_stat_statements' and restarts it",
        details: { sqlState: '55000' },
      });
      return;
    }
    const { queries, hidden, since } = await top('calls');
    expect(queries.find(({ query }) => query.includes('found_by_the_test'))).toMatchObject({
      query: 'SELECT $1 AS found_by_the_test',
      calls: 3,
      rows: 3,
    });
    expect(hidden).toBeGreaterThan(0);
    expect(since).toMatch(/^\d{4}-/);
    expect(await top('mean', 1)).toMatchObject({ queries: [{}], more: true });
    for (const sort of ['total', 'rows', 'reads'] as const) expect((await top(sort)).queries.length).toBeGreaterThan(0);
  });
});
