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
 * large. A promise only where that is too much for one turn of the event loop.
 */
export function shapeRows(raw: RawRows, shape: RowShape, maxBytes: number): ShapedRows | Promise<ShapedRows> {
  const shaping = new Shaping(raw, shape, maxBytes);
  return raw.chars <= CHARS_A_TURN ? shaping.end() : inTurns(shaping);
}

async function inTurns(shaping: Shaping): Promise<ShapedRows> {
  while (!shaping.goOn()) await nextTurn();
  return shaping.end();
}

/** The rows of one answer while they become objects. */
class Shaping {
  private readonly rows: Row[] = [];
  private readonly exact: boolean;
  private bytes = 2;
  private isFull = false;

  constructor(
    private readonly raw: RawRows,
    private readonly shape: RowShape,
    private readonly maxBytes: number,
  ) {
    this.exact = upperBound(raw, shape) > maxBytes;
  }

  /** Shapes what one turn may take; answers whether all is done that can be. */
  goOn(): boolean {
    const { raw, rows, maxBytes } = this;
    for (let chars = 0; chars <= CHARS_A_TURN;) {
      const values = this.isFull ? undefined : raw.rows[rows.length];
      if (!values) return true;
      const row = this.rowOf(values);
      for (const text of values) chars += text?.length ?? 0;
      if (this.exact) this.bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (this.bytes > maxBytes) this.isFull = true;
      else rows.push(row);
    }
    return false;
  }

  /** All that fits. */
  end(): ShapedRows {
    while (!this.goOn());
    return { rows: this.rows, columns: this.shape.columns, more: this.isFull || this.raw.more };
  }

  private rowOf(values: readonly (string | null)[]): Row {
    const { columns, types, template } = this.shape;
    const row = { ...template };
    for (let i = 0; i < columns.length; i++) {
      const text = values[i];
      const type = types[i];
      const name = columns[i]?.name;
      if (typeof text === 'string' && type && name !== undefined) row[name] = type.parse(text);
    }
    return row;
  }
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
  const next = new Map<string, number>();
  return names.map((name) => {
    let n = next.get(name);
    if (n === undefined) {
      next.set(name, 2);
      return name;
    }
    while (taken.has(`${name}_${n}`)) n++;
    next.set(name, n + 1);
    taken.add(`${name}_${n}`);
    return `${name}_${n}`;
  });
}

function rowTooLarge(maxBytes: number): OperationError {
  return new OperationError(
    'failed',
    `A single row is larger than an answer may be (${maxBytes / 1024 / 1024} MiB of JSON); select fewer columns, or parts of them such as left(column, 1000)`,
  );
}
