import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperationError } from '#libs/kit';
import type { RawRows } from './bounded-query.js';
import type { ColumnType } from './column-types.js';

export type Row = Record<string, unknown>;

export interface ShapedRows {
  rows: Row[];
  columns: { name: string; type: string }[];
  more: boolean;
}

/** JSON never needs more than this for one UTF-16 unit of text (`\u001f`), nor more than `"",` around a value. */
const BYTES_PER_CHAR = 6;
const BYTES_PER_VALUE = 8;
/** Text that is shaped in one turn of the event loop; it takes a few milliseconds. */
const CHARS_A_TURN = 512 * 1024;

/**
 * Turns wire rows into objects, whole rows only, as many as fit into `maxBytes` of JSON. That not even one fits is an
 * error where rows were asked for.
 */
export async function shapeAskedRows(
  raw: RawRows,
  types: readonly ColumnType[],
  maxBytes: number,
): Promise<ShapedRows> {
  const shaped = await shapeRows(raw, types, maxBytes);
  if (shaped.more && shaped.rows.length === 0) throw rowTooLarge(maxBytes);
  return shaped;
}

/** As `shapeAskedRows`, but no rows where the first is too large: what gave them has been done. */
export async function shapeRows(raw: RawRows, types: readonly ColumnType[], maxBytes: number): Promise<ShapedRows> {
  const names = distinctNames(raw.fields.map((field) => field.name));
  const columns = names.map((name, i) => ({ name, type: types[i]?.name ?? 'unknown' }));
  // Own members from the start, so that even a column called __proto__ is only a name.
  const template: Row = Object.fromEntries(names.map((name) => [name, null]));
  const namesBytes = Buffer.byteLength(JSON.stringify(template));
  const exact = upperBound(raw.rows, namesBytes, names.length) > maxBytes;

  const rows: Row[] = [];
  let bytes = 2;
  let chars = 0;
  for (const values of raw.rows) {
    if (chars > CHARS_A_TURN) {
      chars = 0;
      await nextTurn();
    }
    const row = { ...template };
    for (let i = 0; i < columns.length; i++) {
      const text = values[i];
      const type = types[i];
      const name = names[i];
      if (typeof text !== 'string' || !type || name === undefined) continue;
      row[name] = type.parse(text);
      chars += text.length;
    }
    if (exact) bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (bytes > maxBytes) return { rows, columns, more: true };
    rows.push(row);
  }
  return { rows, columns, more: raw.more };
}

/** Bytes of JSON that can't be exceeded: most answers are far below the cap and need no measuring. */
function upperBound(rows: readonly (string | null)[][], namesBytes: number, columns: number): number {
  let chars = 0;
  for (const row of rows) for (const value of row) chars += value?.length ?? 0;
  return chars * BYTES_PER_CHAR + rows.length * (namesBytes + columns * BYTES_PER_VALUE);
}

/** `id, id, name` → `id, id_2, name`, never a name that another column has. */
function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>(names);
  const used = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let n = 2; used.has(distinct); n++) {
      const candidate = `${name}_${n}`;
      if (!taken.has(candidate)) distinct = candidate;
    }
    used.add(distinct);
    taken.add(distinct);
    return distinct;
  });
}

function rowTooLarge(maxBytes: number): OperationError {
  return new OperationError(
    'failed',
    `A single row is larger than an answer may be (${maxBytes / 1024 / 1024} MiB of JSON); select fewer columns, or parts of them such as left(column, 1000)`,
  );
}
