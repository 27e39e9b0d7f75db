import type { InputOf, OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as watching from './operations/watching.js';
import { findTable } from './tables.js';

const TABLES = `
  SELECT s.schemaname AS schema, s.relname AS name, pg_total_relation_size(s.relid)::float8 AS bytes,
         pg_table_size(s.relid)::float8 AS "tableBytes", pg_indexes_size(s.relid)::float8 AS "indexBytes",
         n_live_tup::float8 AS "liveRows", n_dead_tup::float8 AS "deadRows", seq_scan::float8 AS "sequentialScans",
         seq_tup_read::float8 AS "sequentialRows", idx_scan::float8 AS "indexScans", n_tup_ins::float8 AS "rowsInserted",
         n_tup_upd::float8 AS "rowsUpdated", n_tup_hot_upd::float8 AS "rowsUpdatedInPlace",
         n_tup_del::float8 AS "rowsDeleted", n_mod_since_analyze::float8 AS "changedSinceAnalyze",
         (100.0 * heap_blks_hit / nullif(heap_blks_hit + heap_blks_read, 0))::float8 AS "bufferHitPercent",
         greatest(last_vacuum, last_autovacuum) AS "lastVacuum", greatest(last_analyze, last_autoanalyze) AS "lastAnalyze"
  FROM pg_stat_user_tables s JOIN pg_statio_user_tables io USING (relid)
  WHERE ($1::oid IS NULL OR s.relid = $1) AND ($2::text IS NULL OR s.schemaname = $2)
  ORDER BY bytes DESC, schema, name LIMIT $3`;

export async function tableStats(
  database: Database,
  { table, schema, limit }: InputOf<typeof watching.tableStats>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.tableStats>> {
  const oid = table === undefined ? null : await findTable(database, { table, schema }, signal);
  const { rows } = await database.ask(TABLES, [oid, schema ?? null, limit + 1], signal);
  const tables = rows as unknown as OutputOf<typeof watching.tableStats>['tables'];
  return { tables: tables.slice(0, limit), more: tables.length > limit };
}
