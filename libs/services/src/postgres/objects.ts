import type { InputOf, OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as exploring from './operations/exploring.js';
import { listSchemas, unknownName } from './tables.js';

type ObjectType = (typeof exploring.objectTypes)[number];

/** Without what an extension brought, which would hide what is a database's own. */
const notOf = (catalog: string, oid: string) => `
  NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

const relations = (kinds: string, detail: string) => `
  SELECT c.relname AS name, ${detail} AS detail, obj_description(c.oid, 'pg_class') AS description
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN (${kinds}) AND NOT c.relispartition AND ${notOf('pg_class', 'c.oid')}`;

const routines = (kinds: string) => `
  SELECT p.proname AS name, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' ||
           coalesce(' returns ' || pg_get_function_result(p.oid), '') || ', ' || l.lanname AS detail,
         obj_description(p.oid, 'pg_proc') AS description
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE n.nspname = $1 AND p.prokind IN (${kinds}) AND ${notOf('pg_proc', 'p.oid')}`;

/** By type, a query for name, detail and description of all that the schema $1 holds. */
const queries: Record<ObjectType, string> = {
  table: relations(`'r', 'p'`, `CASE c.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) END`),
  view: relations(`'v'`, 'NULL'),
  'materialized-view': relations(`'m'`, `CASE WHEN NOT c.relispopulated THEN 'never refreshed' END`),
  'foreign-table': relations(`'f'`, 'NULL'),
  index: relations(`'i', 'I'`, 'pg_get_indexdef(c.oid)'),
  sequence: `
    SELECT s.sequencename AS name, s.data_type || ', increments by ' || s.increment_by ||
             CASE WHEN NOT has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN ', last value may not be read'
               ELSE coalesce(', last value ' || s.last_value, ', not used yet') END AS detail,
           obj_description(c.oid, 'pg_class') AS description
    FROM pg_sequences s JOIN pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename AND c.relkind = 'S'
    WHERE s.schemaname = $1`,
  function: routines(`'f', 'a', 'w'`),
  procedure: routines(`'p'`),
  type: `
    SELECT t.typname AS name, obj_description(t.oid, 'pg_type') AS description,
      CASE t.typtype
        WHEN 'e' THEN 'enum: ' || (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
        WHEN 'd' THEN 'domain over ' || format_type(t.typbasetype, t.typtypmod)
        WHEN 'c' THEN 'composite: ' || (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
        WHEN 'r' THEN 'range' WHEN 'm' THEN 'multirange' ELSE 'base type' END AS detail
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE n.nspname = $1 AND t.typcategory <> 'A' AND (c.oid IS NULL OR c.relkind = 'c') AND ${notOf('pg_type', 't.oid')}`,
  trigger: `
    SELECT t.tgname AS name, pg_get_triggerdef(t.oid) AS detail, obj_description(t.oid, 'pg_trigger') AS description
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND NOT t.tgisinternal`,
  policy: `
    SELECT p.polname AS name, 'on ' || c.relname || coalesce(' using ' || pg_get_expr(p.polqual, p.polrelid), '') ||
             coalesce(' with check ' || pg_get_expr(p.polwithcheck, p.polrelid), '') AS detail,
           obj_description(p.oid, 'pg_policy') AS description
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1`,
  extension: `
    SELECT e.extname AS name, 'version ' || e.extversion AS detail, obj_description(e.oid, 'pg_extension') AS description
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname = $1`,
};

/** The objects of one type in one schema, by name. */
export async function listObjects(
  database: Database,
  { schema, type }: InputOf<typeof exploring.listObjects>,
  signal: AbortSignal,
): Promise<OutputOf<typeof exploring.listObjects>> {
  const { rows, more } = await database.ask(`${queries[type]} ORDER BY 1, 2`, [schema], signal);
  if (rows.length === 0) {
    const known = (await listSchemas(database, signal)).map(({ name }) => name);
    const isSystem = /^pg_|^information_schema$/.test(schema);
    if (!known.includes(schema) && !isSystem) throw unknownName('schema', schema, known, 'list-schemas');
  }
  return { schema, type, objects: rows as unknown as OutputOf<typeof exploring.listObjects>['objects'], more };
}

const EXTENSIONS = `
  SELECT e.extname AS name, e.extversion AS version, nullif(a.default_version, e.extversion) AS "newerVersion",
         n.nspname AS schema, obj_description(e.oid, 'pg_extension') AS description
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_available_extensions a ON a.name = e.extname
  WHERE $1::text IS NULL OR n.nspname = $1 ORDER BY e.extname`;

const AVAILABLE = `SELECT name FROM pg_available_extensions WHERE installed_version IS NULL ORDER BY name`;

export async function listExtensions(
  database: Database,
  { schema }: InputOf<typeof exploring.listExtensions>,
  signal: AbortSignal,
): Promise<OutputOf<typeof exploring.listExtensions>> {
  const installed = await database.ask(EXTENSIONS, [schema ?? null], signal);
  const available = await database.ask(AVAILABLE, [], signal);
  return {
    extensions: installed.rows as unknown as OutputOf<typeof exploring.listExtensions>['extensions'],
    available: available.rows.map(({ name }) => String(name)),
  };
}
