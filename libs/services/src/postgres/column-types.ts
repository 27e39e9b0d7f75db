import type { CancelSignal } from '#libs/kit';
import type { RawRows } from './bounded-query.js';
import type { BoundedStatement } from './bounded-statement.js';
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

/** Below are PostgreSQL's own types, which are the same in every database. */
const FIRST_ASSIGNED_OID = 10_000;

/** The names and readers of column types, learnt from the database's own catalog. */
export class ColumnTypes {
  private known = new Map<number, ColumnType>();

  constructor(private readonly run: (statement: BoundedStatement, signal: CancelSignal) => Promise<RawRows>) {}

  async of(fields: readonly WireField[], signal: CancelSignal): Promise<ColumnType[]> {
    const { known } = this;
    const missing = new Set(fields.map((field) => field.dataTypeID).filter((oid) => !known.has(oid)));
    if (missing.size > 0) {
      if (known.size > REMEMBERED) known.clear();
      const params = [`{${[...missing].join(',')}}`];
      const { rows } = await this.run({ text: LOOKUP, params, maxRows: missing.size, maxChars: 1_000_000 }, signal);
      for (const row of rows) learn(known, row);
    }
    return fields.map((field) => known.get(field.dataTypeID) ?? unknownType);
  }

  /** A new connection may lead to another database, where an oid is another type. */
  forget(): void {
    this.known = new Map([...this.known].filter(([oid]) => oid < FIRST_ASSIGNED_OID));
  }
}

function learn(known: Map<number, ColumnType>, [oid, name, element, delimiter]: (string | null)[]): void {
  const parse = element ? arrayParser(parserOf(Number(element)), delimiter ?? ',') : parserOf(Number(oid));
  known.set(Number(oid), { name: name ?? 'unknown', parse });
}
