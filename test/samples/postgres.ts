import pg from 'pg';
import { asSuperuser, createDatabase } from '../database.js';
import { shopSql } from '../fixtures/shop.js';
import type { Sample, ServiceSamples } from './sample.js';

const select = 'SELECT id, title, price FROM videos ORDER BY id LIMIT 2';

const samples: Record<string, Sample> = {
  'postgres.list-databases': { input: {}, command: '/mcp-postgres list databases' },
  'postgres.list-schemas': { input: { database: 'shop' }, command: '/mcp-postgres shop list schemas' },
  'postgres.list-tables': {
    input: { database: 'shop', includeViews: true },
    command: '/mcp-postgres shop list tables --include-views',
  },
  'postgres.describe-table': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop describe videos',
  },
  'postgres.query': {
    input: { database: 'shop', query: 'SELECT $1::int + 1 AS n', params: [41], limit: 5 },
    command: '/mcp-postgres shop query "SELECT $1::int + 1 AS n" --limit 5 {"params": [41]}',
  },
  'postgres.sql-query': { input: { query: select }, command: `/mcp-postgres sql-query "${select}"` },
  'postgres.explain': {
    input: { database: 'shop', query: select, format: 'text' },
    command: `/mcp-postgres shop explain "${select}" --format=text`,
  },
  'postgres.list-objects': {
    input: { database: 'shop', schema: 'public', type: 'index' },
    command: '/mcp-postgres shop list objects public index',
  },
  'postgres.list-indexes': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop list indexes --table videos',
    stable: ({ indexes }: { indexes: { name: string; columns: string[] }[] }) =>
      indexes.map(({ name, columns }) => [name, columns]),
  },
  'postgres.list-extensions': { input: { database: 'shop' }, command: '/mcp-postgres shop list extensions' },
  'postgres.list-views': { input: { database: 'shop' }, command: '/mcp-postgres shop list views' },
  'postgres.execute': {
    input: { database: 'shop', query: 'UPDATE users SET name = name WHERE id = $1 RETURNING id, name', params: [7] },
    command: `/mcp-postgres shop execute "UPDATE users SET name = name WHERE id = $1 RETURNING id, name" {"params": [7]}`,
  },
  'postgres.table-stats': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop table stats videos',
    stable: ({ tables }: { tables: { name: string; liveRows: number }[] }) =>
      tables.map(({ name, liveRows }) => [name, liveRows]),
  },
  'postgres.settings': {
    input: { database: 'shop', category: 'Memory' },
    command: '/mcp-postgres shop settings Memory',
  },
  'postgres.active-queries': {
    input: { database: 'shop', minSeconds: 3600 },
    command: '/mcp-postgres shop active queries --min-seconds 3600',
    stable: ({ queries }: { queries: object[] }) => queries,
  },
  'postgres.locks': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop locks',
    stable: ({ waiting }: { waiting: object[] }) => waiting,
  },
  'postgres.top-queries': {
    input: { database: 'shop', sort: 'calls', limit: 5 },
    command: '/mcp-postgres shop top queries --sort calls --limit 5',
  },
  // Its pid is filled in when there is one.
  'postgres.cancel-query': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop cancel query',
    stable: ({ pid, cancelled }: { pid: number; cancelled: boolean }) => ({ pid, cancelled }),
  },
  'postgres.health-check': {
    input: { database: 'shop', checks: ['indexes', 'constraints'] },
    command: '/mcp-postgres shop health check indexes constraints',
  },
  'postgres.index-advice': {
    input: { database: 'shop', queries: ['SELECT * FROM videos WHERE title = $1'] },
    command: '/mcp-postgres shop index advice "SELECT * FROM videos WHERE title = $1"',
  },
  'postgres.stats': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop stats',
    stable: ({ databases }: { databases: object[] }) => databases.map((database) => Object.keys(database)),
  },
};

/** pg_stat_statements as it is where the server loads it, with one statement: not every server of a test run does. */
const countedStatements = `
  CREATE SCHEMA monitoring;
  CREATE EXTENSION pg_stat_statements SCHEMA monitoring;
  ALTER EXTENSION pg_stat_statements DROP VIEW monitoring.pg_stat_statements;
  ALTER EXTENSION pg_stat_statements DROP VIEW monitoring.pg_stat_statements_info;
  DROP VIEW monitoring.pg_stat_statements, monitoring.pg_stat_statements_info;
  CREATE VIEW monitoring.pg_stat_statements_info AS SELECT timestamptz '2026-01-01 00:00:00Z' AS stats_reset;
  CREATE VIEW monitoring.pg_stat_statements AS
    SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) AS dbid, 1::bigint AS queryid,
           'SELECT * FROM videos WHERE title = $1' AS query, 10::bigint AS calls, 25::float8 AS total_exec_time,
           2.5::float8 AS mean_exec_time, 4::float8 AS max_exec_time, 10::bigint AS rows, 90::bigint AS shared_blks_hit,
           10::bigint AS shared_blks_read, 0::bigint AS temp_blks_read, 0::bigint AS temp_blks_written`;

/** A session of the gateway's role that runs on whenever it is cancelled, so that every door can cancel it. */
async function tireless(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const body = 'LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;';
  client.query(`DO $$ BEGIN ${body} END $$`).catch(() => undefined);
  return rows[0]!.pid;
}

/** Reads and writes a database `shop` of its own. */
export async function postgresSamples(): Promise<ServiceSamples> {
  const shop = await createDatabase(shopSql);
  await asSuperuser(shop.name, countedStatements);
  const url = await shop.readerUrl();
  const role = new URL(url).username;
  await asSuperuser(shop.name, `GRANT UPDATE ON users TO ${role}`);
  await asSuperuser(
    shop.name,
    `GRANT USAGE ON SCHEMA monitoring TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO ${role}`,
  );
  const pid = await tireless(url);
  Object.assign(samples['postgres.cancel-query']!, {
    input: { database: 'shop', pid },
    command: `/mcp-postgres shop cancel query ${pid}`,
  });
  return { env: { POSTGRES_SHOP_URL: url, POSTGRES_SHOP_WRITE: 'true' }, samples, close: () => shop.drop() };
}
