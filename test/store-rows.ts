import type { QueryRunner } from 'typeorm';

/** A column of a table of the store, but for what the database makes by itself. */
export interface Column {
  /** `table.name` */
  id: string;
  table: string;
  name: string;
  type: string;
  optional: boolean;
}

const COLUMNS = `
  SELECT c.relname || '.' || a.attname AS id, c.relname::text AS table, a.attname::text AS name,
         format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS optional
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
  ORDER BY c.relname, a.attnum`;

export function columnsOf(runner: QueryRunner): Promise<Column[]> {
  return runner.query(COLUMNS) as Promise<Column[]>;
}

/** The rows of each table, in the order in which they came, as text. */
export async function rowsOf(
  runner: QueryRunner,
  columns: readonly Column[],
): Promise<Record<string, Record<string, string | null>[]>> {
  const rows: Record<string, Record<string, string | null>[]> = {};
  for (const table of new Set(columns.map((column) => column.table))) {
    const list = columns
      .filter((column) => column.table === table)
      .map(({ name }) => `"${name}"::text`)
      .join(', ');
    rows[table] = (await runner.query(`SELECT ${list} FROM "${table}" ORDER BY ctid`)) as (typeof rows)[string];
  }
  return rows;
}

let filled = 0;

/** One row more in each of the tables, with a value in every column. */
export async function fill(runner: QueryRunner, tables: ReadonlySet<string>): Promise<void> {
  const columns = await columnsOf(runner);
  for (const table of tables) {
    filled += 1;
    const its = columns.filter((column) => column.table === table);
    const names = its.map(({ name }) => `"${name}"`).join(', ');
    const values = its.map(({ type, name }) => valueOf(type, name, filled)).join(', ');
    await runner.query(`INSERT INTO "${table}" (${names}) VALUES (${values})`);
  }
}

function valueOf(type: string, name: string, number: number): string {
  if (type.endsWith('[]')) return `ARRAY['${name}', 'it''s "${number}"']`;
  if (type.startsWith('timestamp')) return `'2026-05-04T03:02:01.${String(number).padStart(3, '0')}Z'`;
  switch (type) {
    case 'text':
      return `'${name} äöü ${number}'`;
    case 'uuid':
      return `'00000000-0000-4000-8000-${String(number).padStart(12, '0')}'`;
    case 'bigint':
    case 'integer':
      return String(number);
    case 'double precision':
      return `${number}.25`;
    case 'boolean':
      return 'true';
    case 'json':
    case 'jsonb':
      return `'{"${name}": [${number}, null]}'`;
    case 'bytea':
      return `'\\x00ff'`;
    default:
      throw new Error(`There is no value for ${name}, which is ${type}`);
  }
}
