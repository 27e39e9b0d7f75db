import type { InputOf, OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as exploring from './operations/exploring.js';
import { OWN_SCHEMA } from './tables.js';

/** Bits of `pg_relation_is_updatable` for INSERT (8), UPDATE (4) and DELETE (16). */
const VIEWS = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'm' AS materialized, c.relispopulated AS populated,
         c.relkind = 'v' AND pg_relation_is_updatable(c.oid, true) & 28 = 28 AS updatable,
         ARRAY(SELECT a.attname::text FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
         pg_get_viewdef(c.oid, true) AS definition, obj_description(c.oid, 'pg_class') AS description
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm') AND ${OWN_SCHEMA} AND ($1::text IS NULL OR n.nspname = $1)
  ORDER BY n.nspname <> 'public', n.nspname, c.relname`;

export async function listViews(
  database: Database,
  { schema }: InputOf<typeof exploring.listViews>,
  signal: AbortSignal,
): Promise<OutputOf<typeof exploring.listViews>> {
  const { rows, more } = await database.ask(VIEWS, [schema ?? null], signal);
  return { views: rows as unknown as OutputOf<typeof exploring.listViews>['views'], more };
}
