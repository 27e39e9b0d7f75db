import type { CancelSignal } from '#libs/kit';
import type { SessionPool } from './session-pool.js';
import { arrayParser, parserOf, type ParseValue } from './values.js';
import type { WireField } from './wire.js';

export interface ColumnType {
  /** As `format_type` writes it, without a length: `integer`, `text[]`, `my_enum`. */
  name: string;
  parse: ParseValue;
}

export const unknownType: ColumnType = { name: 'unknown', parse: (text) => text };

/** Types known until all are asked for anew; a statement has few, a database not many. */
const REMEMBERED = 5_000;

const LOOKUP = `
  SELECT t.oid, format_type(t.oid, NULL),
         CASE WHEN t.typcategory = 'A' AND e.oid IS NOT NULL THEN coalesce(nullif(e.typbasetype, 0), e.oid) END, e.typdelim
  FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
  WHERE t.oid = ANY ($1::oid[])`;

/** The names and readers of column types, learnt from the database's own catalog. */
export class ColumnTypes {
  private readonly known = new Map<number, ColumnType>();

  async of(fields: readonly WireField[], pool: SessionPool, signal: CancelSignal): Promise<ColumnType[]> {
    const missing = new Set(fields.map((field) => field.dataTypeID).filter((oid) => !this.known.has(oid)));
    if (missing.size > 0) {
      if (this.known.size > REMEMBERED) this.known.clear();
      const params = [`{${[...missing].join(',')}}`];
      const { rows } = await pool.run({ text: LOOKUP, params, maxRows: missing.size, maxChars: 1_000_000 }, signal);
      for (const row of rows) this.learn(row);
    }
    return fields.map((field) => this.known.get(field.dataTypeID) ?? unknownType);
  }

  private learn([oid, name, element, delimiter]: (string | null)[]): void {
    const parse = element ? arrayParser(parserOf(Number(element)), delimiter ?? ',') : parserOf(Number(oid));
    this.known.set(Number(oid), { name: name ?? 'unknown', parse });
  }
}
