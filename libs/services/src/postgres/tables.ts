import { distance } from 'fastest-levenshtein';
import { OperationError } from '#libs/kit';
import type { Database } from './database.js';

/** `pg_class.relkind` in words. */
const KIND = `
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' END`;

/** Of the schema `n`: not PostgreSQL's own, and open to the role. */
export const OWN_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'usage')`;

/**
 * Rows and bytes of a relation; of a partitioned one those of its leaves, since ANALYZE writes their sum down for it and for
 * each partition in between. No estimate before the first ANALYZE.
 */
const SIZES = `
  SELECT sum(greatest(part.reltuples, 0))::float8 AS tuples, bool_and(part.reltuples < 0) AS unknown,
         coalesce(sum(pg_total_relation_size(part.oid)), 0)::float8 AS bytes
  FROM pg_class part
  WHERE part.oid = ANY (CASE c.relkind WHEN 'p'
          THEN ARRAY(SELECT relid::oid FROM pg_partition_tree(c.oid) WHERE isleaf) ELSE ARRAY[c.oid] END)`;

const MEASURED = `
  CASE WHEN c.relkind NOT IN ('v', 'f') AND NOT size.unknown THEN size.tuples END AS rows,
  CASE WHEN c.relkind IN ('r', 'p', 'm') THEN size.bytes END AS bytes`;

export interface SchemaDetails {
  name: string;
  tables: number;
  views: number;
  description: string | null;
}

export async function listSchemas(database: Database, signal: AbortSignal): Promise<SchemaDetails[]> {
  const text = `
    SELECT n.nspname AS name, count(c.oid) FILTER (WHERE c.relkind IN ('r', 'p', 'f'))::int AS tables,
           count(c.oid) FILTER (WHERE c.relkind IN ('v', 'm'))::int AS views, obj_description(n.oid, 'pg_namespace') AS description
    FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND NOT c.relispartition
    WHERE ${OWN_SCHEMA} GROUP BY n.oid, n.nspname ORDER BY n.nspname`;
  const { rows } = await database.ask(text, [], signal);
  return rows as unknown as SchemaDetails[];
}

export interface TableDetails {
  schema: string;
  name: string;
  kind: string;
  rows: number | null;
  bytes: number | null;
  description: string | null;
}

/** Tables without their partitions; those of `public` first. */
export async function listTables(
  database: Database,
  { schema, includeViews }: { schema?: string | undefined; includeViews: boolean },
  signal: AbortSignal,
): Promise<{ tables: string[]; details: TableDetails[]; more: boolean }> {
  const text = `
    SELECT n.nspname AS schema, c.relname AS name, ${KIND} AS kind, ${MEASURED},
           obj_description(c.oid, 'pg_class') AS description
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (${SIZES}) size
    WHERE c.relkind = ANY ($1::"char"[]) AND NOT c.relispartition AND ${OWN_SCHEMA} AND ($2::text IS NULL OR n.nspname = $2)
    ORDER BY n.nspname <> 'public', n.nspname, c.relname`;
  const kinds = includeViews ? ['r', 'p', 'f', 'v', 'm'] : ['r', 'p', 'f'];
  const { rows, more } = await database.ask(text, [kinds, schema ?? null], signal);
  const details = rows as unknown as TableDetails[];
  return { tables: details.map(shownName), details, more };
}

export interface TableDescription extends TableDetails {
  columns: {
    name: string;
    type: string;
    nullable: boolean;
    default: string | null;
    identity: boolean;
    generated: boolean;
    description: string | null;
  }[];
  constraints: { name: string; kind: string; columns: string[]; definition: string }[];
  foreignKeys: { name: string; columns: string[]; table: string; referencedColumns: string[] }[];
  referencedBy: { name: string; table: string; columns: string[] }[];
  indexes: { name: string; unique: boolean; primary: boolean; valid: boolean; definition: string; bytes: number }[];
}

const columnNames = (relation: string, numbers: string) =>
  `(SELECT json_agg(ka.attname ORDER BY key.at) FROM unnest(${numbers}) WITH ORDINALITY key(number, at)
      JOIN pg_attribute ka ON ka.attrelid = ${relation} AND ka.attnum = key.number)`;

const tableName = (relation: string) =>
  `(SELECT CASE tn.nspname WHEN 'public' THEN t.relname ELSE tn.nspname || '.' || t.relname END
      FROM pg_class t JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE t.oid = ${relation})`;

/** The relation called $1, in the schema $2 or with it in its name. */
const NAMED = `
  c.relkind IN ('r', 'p', 'f', 'v', 'm') AND has_schema_privilege(n.oid, 'usage')
    AND CASE WHEN $2::text IS NULL THEN $1::text IN (c.relname::text, n.nspname || '.' || c.relname)
             ELSE n.nspname = $2::text AND c.relname = $1::text END
  ORDER BY n.nspname || '.' || c.relname = $1::text DESC, pg_table_is_visible(c.oid) DESC, n.nspname LIMIT 1`;

/**
 * A foreign key to or from a partitioned table has another one below it for each partition. A table has those that came to
 * it as a partition, but of one and what is below it at the same end only the one.
 */
const oncePer = (end: 'conrelid' | 'confrelid') =>
  `NOT EXISTS (SELECT FROM pg_constraint above WHERE above.oid = k.conparentid AND above.${end} = k.${end})`;

const DESCRIBE = `
  SELECT n.nspname AS schema, c.relname AS name, ${KIND} AS kind, ${MEASURED},
    obj_description(c.oid, 'pg_class') AS description,
    (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'nullable', NOT a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid),
        'identity', a.attidentity <> '', 'generated', a.attgenerated <> '',
        'description', col_description(c.oid, a.attnum)) ORDER BY a.attnum), '[]')
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'kind', CASE k.contype WHEN 'p' THEN 'primary key'
        WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'x' THEN 'exclusion' ELSE 'other' END,
        'columns', coalesce(${columnNames('c.oid', 'k.conkey')}, '[]'), 'definition', pg_get_constraintdef(k.oid))
        ORDER BY k.contype <> 'p', k.conname), '[]')
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 'n' AND ${oncePer('conrelid')}) AS constraints,
    (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'columns', ${columnNames('c.oid', 'k.conkey')},
        'table', ${tableName('k.confrelid')}, 'referencedColumns', ${columnNames('k.confrelid', 'k.confkey')})
        ORDER BY k.conname), '[]')
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND ${oncePer('conrelid')}) AS "foreignKeys",
    (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'table', ${tableName('k.conrelid')},
        'columns', ${columnNames('k.conrelid', 'k.conkey')}) ORDER BY k.conname), '[]')
      FROM pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f' AND ${oncePer('confrelid')}) AS "referencedBy",
    (SELECT coalesce(json_agg(json_build_object('name', i.relname, 'unique', x.indisunique, 'primary', x.indisprimary,
        'valid', x.indisvalid, 'definition', pg_get_indexdef(x.indexrelid), 'bytes', pg_relation_size(x.indexrelid))
        ORDER BY NOT x.indisprimary, i.relname), '[]')
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid) AS indexes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (${SIZES}) size
  WHERE ${NAMED}`;

export interface TableName {
  /** It may carry its schema: `audit.events`. */
  table: string;
  schema?: string | undefined;
}

/** Everything a query against the table has to know. */
export async function describeTable(
  database: Database,
  { table, schema }: TableName,
  signal: AbortSignal,
): Promise<TableDescription> {
  const { rows } = await database.ask(DESCRIBE, [table, schema ?? null], signal);
  const [description] = rows;
  if (!description) throw await unknownTable(database, { table, schema }, signal);
  return description as unknown as TableDescription;
}

/** The oid of a table that a caller named. */
export async function findTable(
  database: Database,
  { table, schema }: TableName,
  signal: AbortSignal,
): Promise<number> {
  const text = `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${NAMED}`;
  const { rows } = await database.ask(text, [table, schema ?? null], signal);
  const [found] = rows;
  if (!found) throw await unknownTable(database, { table, schema }, signal);
  return found.oid as number;
}

function shownName({ schema, name }: { schema: string; name: string }): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

async function unknownTable(
  database: Database,
  { table, schema }: TableName,
  signal: AbortSignal,
): Promise<OperationError> {
  const { tables } = await listTables(database, { includeViews: true }, signal);
  const wanted = schema === undefined ? table : `${schema}.${table}`;
  return unknownName('table or view', wanted, tables, 'list-tables');
}

/** An error about a name that is not there, with those that are like it. */
export function unknownName(what: string, wanted: string, known: readonly string[], listing: string): OperationError {
  const bare = (name: string) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const near = known
    .map((name) => ({ name, away: distance(bare(name), bare(wanted)) }))
    .filter(({ name, away }) => away <= Math.max(2, bare(name).length / 3))
    .sort((one, other) => one.away - other.away)
    .slice(0, 3)
    .map(({ name }) => name);
  const advice = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `${listing} shows what there is`;
  return new OperationError('failed', `There is no ${what} "${wanted}"; ${advice}`, { didYouMean: near });
}
