import type { InputOf, OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as exploring from './operations/exploring.js';
import { findTable, OWN_SCHEMA } from './tables.js';

/** `last_idx_scan` is read through JSON, since servers before 16 have no such column. */
const INDEXES = `
  SELECT n.nspname AS schema, i.relname AS name, t.relname AS table, m.amname AS method,
         ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true) FROM generate_series(1, x.indnatts) k) AS columns,
         x.indisunique AS unique, x.indisprimary AS primary, x.indisvalid AS valid,
         pg_get_indexdef(x.indexrelid) AS definition, pg_relation_size(i.oid)::float8 AS bytes,
         s.idx_scan::float8 AS scans, (to_jsonb(s) ->> 'last_idx_scan')::timestamptz AS "lastUsed"
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace JOIN pg_am m ON m.oid = i.relam
  LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.oid
  WHERE ${OWN_SCHEMA} AND ($1::text IS NULL OR n.nspname = $1) AND ($2::oid IS NULL OR t.oid = $2)
  ORDER BY n.nspname <> 'public', n.nspname, t.relname, NOT x.indisprimary, i.relname`;

export async function listIndexes(
  database: Database,
  { schema, table }: InputOf<typeof exploring.listIndexes>,
  signal: AbortSignal,
): Promise<OutputOf<typeof exploring.listIndexes>> {
  const oid = table === undefined ? null : await findTable(database, { table, schema }, signal);
  const { rows, more } = await database.ask(INDEXES, [schema ?? null, oid], signal);
  return { indexes: rows as unknown as OutputOf<typeof exploring.listIndexes>['indexes'], more };
}
