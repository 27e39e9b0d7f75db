import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperationError } from '#libs/kit';
import type { RawRows } from './bounded-query.js';
import type { ColumnType } from './column-types.js';
import type { WireField } from './wire.js';

export type Row = Record<string, unknown>;

export interface ShapedRows {
  rows: Row[];
  columns: { name: string; type: string }[];
  more: boolean;
}

/** What the rows of a statement become. */
export interface RowShape {
  readonly columns: ShapedRows['columns'];
  readonly types: readonly ColumnType[];
  /** A row without values. Its members are its own from the start, so that even a column called __proto__ is only a name. */
  readonly template: Row;
  /** Bytes of JSON. */
  readonly templateBytes: number;
}

/** JSON never needs more than this for one UTF-16 unit of text (`\u001f`), nor more than `"",` around a value. */
const BYTES_PER_CHAR = 6;
const BYTES_PER_VALUE = 8;
/** Text that is shaped in one turn of the event loop; it takes a few milliseconds. */
const CHARS_A_TURN = 512 * 1024;

export function rowShape(fields: readonly WireField[], types: readonly ColumnType[]): RowShape {
  const names = distinctNames(fields.map((field) => field.name));
  const template: Row = Object.fromEntries(names.map((name) => [name, null]));
  return {
    columns: names.map((name, i) => ({ name, type: types[i]?.name ?? 'unknown' })),
    types,
    template,
    templateBytes: Buffer.byteLength(JSON.stringify(template)),
  };
}

/**
 * Turns wire rows into objects, whole rows only, as many as fit into `maxBytes` of JSON: none where the first is too
 * large.
 */
export async function shapeRows(raw: RawRows, shape: RowShape, maxBytes: number): Promise<ShapedRows> {
  const { columns, types, template } = shape;
  const exact = upperBound(raw, shape) > maxBytes;

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
      const name = columns[i]?.name;
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

/** Throws where not even one row fits, though rows were asked for. */
export function requireRows(shaped: ShapedRows, maxBytes: number): ShapedRows {
  if (shaped.more && shaped.rows.length === 0) throw rowTooLarge(maxBytes);
  return shaped;
}

/** Bytes of JSON that can't be exceeded: most answers are far below the cap and need no measuring. */
function upperBound({ rows, chars }: RawRows, { templateBytes, columns }: RowShape): number {
  return chars * BYTES_PER_CHAR + rows.length * (templateBytes + columns.length * BYTES_PER_VALUE);
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
