import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as watching from './operations/watching.js';

const NOT_PRELOADED = '55000';
const SHOWN = 4_000;

const EXTENSION = `
  SELECT quote_ident(n.nspname) AS schema, e.extversion AS version
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`;

const order = {
  total: 'total_exec_time',
  mean: 'mean_exec_time',
  calls: 'calls',
  rows: 'rows',
  reads: 'shared_blks_read',
} as const;

const OWN = `dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const HIDDEN_TEXT = `query = '<insufficient privilege>'`;

const top = (view: string, by: string) => `
  SELECT left(query, ${SHOWN}) AS query, calls::float8 AS calls, total_exec_time AS "totalMs", mean_exec_time AS "meanMs",
         max_exec_time AS "slowestMs", rows::float8 AS rows,
         coalesce(100.0 * total_exec_time / nullif(sum(total_exec_time) OVER (), 0), 0)::float8 AS "percentOfTime",
         (100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0))::float8 AS "bufferHitPercent",
         shared_blks_read::float8 AS "blocksRead", (temp_blks_read + temp_blks_written)::float8 AS "temporaryBlocks"
  FROM ${view} WHERE ${OWN} AND NOT coalesce(${HIDDEN_TEXT}, true) ORDER BY ${by} DESC, queryid LIMIT $1`;

const summary = (schema: string) => `
  SELECT (SELECT stats_reset FROM ${schema}.pg_stat_statements_info) AS since,
         (SELECT count(*)::int FROM ${schema}.pg_stat_statements WHERE ${OWN} AND ${HIDDEN_TEXT}) AS hidden`;

/** The statements that cost most, as pg_stat_statements has counted them. */
export async function topQueries(
  database: Database,
  { sort, limit }: InputOf<typeof watching.topQueries>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.topQueries>> {
  const schema = await statementsSchema(database, signal);
  if (schema === undefined) {
    throw new OperationError(
      'failed',
      `The database ${database.name} has no extension pg_stat_statements. The operator runs CREATE EXTENSION pg_stat_statements in it; where the server does not load it yet, shared_preload_libraries = 'pg_stat_statements' and a restart come first`,
    );
  }
  try {
    const { rows } = await database.ask(top(`${schema}.pg_stat_statements`, order[sort]), [limit + 1], signal);
    const queries = rows as unknown as OutputOf<typeof watching.topQueries>['queries'];
    const told = await database.ask(summary(schema), [], signal);
    const { since, hidden } = told.rows[0] as { since: string | null; hidden: number };
    return { queries: queries.slice(0, limit), hidden, since, more: queries.length > limit };
  } catch (error) {
    if (!(error instanceof OperationError) || error.details.sqlState !== NOT_PRELOADED) throw error;
    throw new OperationError(
      'failed',
      `The server of ${database.name} does not load pg_stat_statements. The operator sets shared_preload_libraries = 'pg_stat_statements' and restarts it`,
      { sqlState: NOT_PRELOADED },
      { cause: error },
    );
  }
}

/** Where the extension is, quoted; undefined where it is not. */
async function statementsSchema(database: Database, signal: AbortSignal): Promise<string | undefined> {
  const { rows } = await database.ask(EXTENSION, [], signal);
  return rows[0]?.schema as string | undefined;
}
