import type { Connection, Submittable } from 'pg';
import type { Preparation } from './prepared-statements.js';
import { wireOf, type Wire, type WireField } from './wire.js';

export interface BoundedStatement {
  text: string;
  params: readonly (string | null)[];
  maxRows: number;
  /** Rows are kept up to this many characters of text. */
  maxChars: number;
}

export interface BoundedOptions {
  preparation?: Preparation;
  /** Let the statement run to its end, and only keep what was asked for: a change is to be made whole. */
  toTheEnd?: boolean;
}

/** Rows as the wire carries them: text by column. */
export interface RawRows {
  fields: readonly WireField[];
  rows: (string | null)[][];
  /** Something was left out. */
  more: boolean;
  /** The connection was cut to stop a flood; it can't be used again. */
  cut: boolean;
  /** What the server says it did, such as `INSERT 0 5`; empty where it was stopped before its end. */
  tag: string;
}

/** Bytes that may arrive beyond what is kept until the connection is cut rather than drained. */
const DRAINED_BYTES = 4 * 1024 * 1024;
/** The same where the statement is to end: cutting it undoes it. */
const DRAINED_TO_THE_END_BYTES = 64 * 1024 * 1024;

/**
 * One statement by the extended protocol in a single round trip, which keeps no more than it was told to: the server
 * sends one row more than asked for, so that `more` is known; what does not fit is dropped as it arrives, and a flood is
 * stopped by closing the socket, even in the middle of a row.
 */
export class BoundedQuery implements Submittable {
  readonly done: Promise<RawRows>;
  private readonly result: RawRows = { fields: [], rows: [], more: false, cut: false, tag: '' };
  private resolve!: (result: RawRows) => void;
  private reject!: (error: unknown) => void;
  private wire: Wire | undefined;
  private keptChars = 0;
  private receivedBytes = 0;

  constructor(
    private readonly statement: BoundedStatement,
    private readonly options: BoundedOptions = {},
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    const wire = wireOf(connection);
    this.wire = wire;
    wire.stream.cork();
    const { name, parse, close } = this.options.preparation ?? { name: '', parse: true };
    if (close !== undefined) wire.close({ type: 'S', name: close });
    if (parse) wire.parse({ name, text: this.statement.text });
    wire.bind({ statement: name, values: [...this.statement.params] });
    wire.describe({ type: 'P' });
    wire.execute({ rows: this.options.toTheEnd ? 0 : this.statement.maxRows + 1 });
    wire.sync();
    wire.stream.uncork();
  }

  handleRowDescription(message: { fields: WireField[] }): void {
    this.result.fields = message.fields;
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    if (this.result.more) return;
    const chars = message.fields.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    if (this.result.rows.length === this.statement.maxRows || this.keptChars + chars > this.statement.maxChars) {
      this.result.more = true;
      return;
    }
    this.keptChars += chars;
    this.result.rows.push(message.fields);
  }

  handlePortalSuspended(): void {}

  handleCommandComplete(message: { text: string }): void {
    this.result.tag = message.text;
  }

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.resolve(this.result);
  }

  handleError(error: unknown): void {
    if (this.result.cut) this.resolve(this.result);
    else this.reject(error);
  }

  /** Told of all that arrives on the connection, so that a row is stopped before it is complete. */
  received(bytes: number): void {
    this.receivedBytes += bytes;
    const drained = this.options.toTheEnd ? DRAINED_TO_THE_END_BYTES : DRAINED_BYTES;
    if (this.receivedBytes <= this.statement.maxChars + drained) return;
    this.result.more = true;
    this.result.cut = true;
    this.wire?.stream.destroy();
  }
}
