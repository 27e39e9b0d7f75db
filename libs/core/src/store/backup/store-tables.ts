import type { ClientBase } from 'pg';
import type { SequenceFacts } from './manifest.js';

export interface StoreTable {
  name: string;
  /** All but generated ones. */
  columns: string[];
}

/** What the schema of the store holds, but for what extensions brought along. */
const SCHEMA = `
  (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`;

const TABLES = `
  SELECT relname::text AS name,
         ARRAY(SELECT attname::text FROM pg_attribute
               WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
         ARRAY(SELECT DISTINCT other.relname::text FROM pg_constraint JOIN pg_class other ON other.oid = confrelid
               WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS needs
  FROM pg_class c
  WHERE relnamespace = ${SCHEMA} AND relkind IN ('r', 'p') AND NOT relispartition AND relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
  ORDER BY relname`;

const SEQUENCES = `
  SELECT relname::text AS name FROM pg_class c
  WHERE relnamespace = ${SCHEMA} AND relkind = 'S' AND relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
  ORDER BY relname`;

/** The tables of the store, each after those that it refers to. */
export async function listTables(client: ClientBase): Promise<StoreTable[]> {
  const { rows } = await client.query<StoreTable & { needs: string[] }>(TABLES);
  return inOrder(rows).map(({ name, columns }) => ({ name, columns }));
}

export async function listSequences(client: ClientBase): Promise<SequenceFacts[]> {
  const { rows } = await client.query<{ name: string }>(SEQUENCES);
  const sequences: SequenceFacts[] = [];
  for (const { name } of rows) {
    const state = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${client.escapeIdentifier(name)}`,
    );
    if (state.rows[0]) sequences.push({ name, ...state.rows[0] });
  }
  return sequences;
}

/** Rows by table. */
export async function countRows(client: ClientBase, tables: readonly StoreTable[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${client.escapeIdentifier(name)}`);
    counts.set(name, Number(rows[0]?.count));
  }
  return counts;
}

/** Tables that refer to each other in a circle come last; no order would do for them. */
export function inOrder<T extends { name: string; needs: string[] }>(tables: readonly T[]): T[] {
  const ordered: T[] = [];
  const placed = new Set<string>();
  let waiting = [...tables];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const free = waiting.filter(({ needs }) => needs.every((name) => placed.has(name) || !names.has(name)));
    const next = free.length > 0 ? free : waiting;
    ordered.push(...next);
    for (const { name } of next) placed.add(name);
    waiting = waiting.filter(({ name }) => !placed.has(name));
  }
  return ordered;
}
