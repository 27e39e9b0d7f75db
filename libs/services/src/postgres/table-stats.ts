import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as watching from './operations/watching.js';
import { findTable } from './tables.js';

/**
 * All tables that store rows, or the one with the oid $1, which as a partitioned table stores none: it is what its
 * partitions are together.
 */
const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name, sum(pg_total_relation_size(s.relid))::float8 AS bytes,
         sum(pg_table_size(s.relid))::float8 AS "tableBytes", sum(pg_indexes_size(s.relid))::float8 AS "indexBytes",
         sum(n_live_tup)::float8 AS "liveRows", sum(n_dead_tup)::float8 AS "deadRows",
         sum(seq_scan)::float8 AS "sequentialScans", sum(seq_tup_read)::float8 AS "sequentialRows",
         sum(idx_scan)::float8 AS "indexScans", sum(n_tup_ins)::float8 AS "rowsInserted",
         sum(n_tup_upd)::float8 AS "rowsUpdated", sum(n_tup_hot_upd)::float8 AS "rowsUpdatedInPlace",
         sum(n_tup_del)::float8 AS "rowsDeleted", sum(n_mod_since_analyze)::float8 AS "changedSinceAnalyze",
         (100.0 * sum(heap_blks_hit) / nullif(sum(heap_blks_hit + heap_blks_read), 0))::float8 AS "bufferHitPercent",
         greatest(max(last_vacuum), max(last_autovacuum)) AS "lastVacuum",
         greatest(max(last_analyze), max(last_autoanalyze)) AS "lastAnalyze"
  FROM pg_stat_user_tables s LEFT JOIN pg_statio_user_tables io USING (relid)
  JOIN pg_class c ON c.oid = coalesce($1::oid, relid) JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE CASE WHEN $1::oid IS NULL THEN c.relkind <> 'p' AND ($2::text IS NULL OR n.nspname = $2)
             ELSE relid = $1 OR relid IN (SELECT part.relid FROM pg_partition_tree($1::oid::regclass) part) END
  GROUP BY c.oid, n.nspname, c.relname ORDER BY bytes DESC, schema, name LIMIT $3`;

export async function tableStats(
  database: Database,
  { table, schema, limit }: InputOf<typeof watching.tableStats>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.tableStats>> {
  const oid = table === undefined ? null : await findTable(database, { table, schema }, signal);
  const { rows } = await database.ask(TABLES, [oid, schema ?? null, limit + 1], signal);
  const tables = rows as unknown as OutputOf<typeof watching.tableStats>['tables'];
  if (table !== undefined && tables.length === 0) {
    throw new OperationError(
      'failed',
      `There are no statistics of "${table}": PostgreSQL keeps them of tables and materialized views that are not its own`,
    );
  }
  return { tables: tables.slice(0, limit), more: tables.length > limit };
}
