/** A statement, and how much of its rows is kept. */
export interface BoundedStatement {
  text: string;
  params: readonly (string | null)[];
  maxRows: number;
  /** Rows are kept up to this many characters of text. */
  maxChars: number;
  /** What is kept beyond that, where the result goes on. */
  readOn?: ReadOn | undefined;
}

/** How far a result is read beyond what was asked for; any of them ends it. */
export interface ReadOn {
  rows: number;
  /** At least one row, however large. */
  chars: number;
  ms: number;
}
