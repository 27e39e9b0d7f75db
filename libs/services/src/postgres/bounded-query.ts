import type { Connection, Submittable } from 'pg';
import type { BoundedStatement, ReadOn } from './bounded-statement.js';
import { unnamed, type Preparation } from './prepared-statements.js';
import { statementMessages } from './statement-messages.js';
import { wireOf, type Wire, type WireField } from './wire.js';

export interface BoundedOptions {
  preparation?: Preparation | undefined;
  /** Let the statement run to its end, and only keep what was asked for: a change is to be made whole. */
  toTheEnd?: boolean | undefined;
  /** Told when all that was asked for is there and the result is read on. */
  readsOn?: (ms: number) => void;
  /** Told when the server is through with it, or the connection is gone. */
  over?: () => void;
}

/** Rows as the wire carries them: text by column. */
export interface RawRows {
  fields: readonly WireField[];
  rows: (string | null)[][];
  /** Characters of all the rows. */
  chars: number;
  /** Something was left out. */
  more: boolean;
  /** The connection was cut to stop a flood; it can't be used again. */
  cut: boolean;
  /** What the server says it did, such as `INSERT 0 5`; empty where it was stopped before its end. */
  tag: string;
}

/** Bytes that may arrive beyond what is kept until the connection is cut rather than drained. */
const DRAINED_BYTES = 4 * 1024 * 1024;
/** The same beyond what is read on: what was asked for is there already. */
const DRAINED_READING_ON_BYTES = 512 * 1024;
/** The same where the statement is to end: cutting it undoes it. */
const DRAINED_TO_THE_END_BYTES = 64 * 1024 * 1024;

/**
 * One statement by the extended protocol in a single round trip, which keeps no more than it was told to: the server
 * sends one row more than asked for, so that `more` is known; what does not fit is dropped as it arrives, and a flood is
 * stopped by closing the socket, even in the middle of a row.
 */
export class BoundedQuery implements Submittable {
  readonly done: Promise<RawRows>;
  private readonly result: RawRows = { fields: [], rows: [], chars: 0, more: false, cut: false, tag: '' };
  private resolve!: (result: RawRows) => void;
  private reject!: (error: unknown) => void;
  private wire: Wire | undefined;
  private receivedBytes = 0;
  private maxRows: number;
  private maxChars: number;
  /** More may arrive than this no longer. */
  private maxReceived: number;
  private isReadingOn = false;

  constructor(
    private readonly statement: BoundedStatement,
    private readonly options: BoundedOptions = {},
  ) {
    this.maxRows = statement.maxRows;
    this.maxChars = statement.maxChars;
    this.maxReceived = statement.maxChars + (options.toTheEnd ? DRAINED_TO_THE_END_BYTES : DRAINED_BYTES);
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    const { stream } = (this.wire = wireOf(connection));
    const { preparation = unnamed, toTheEnd = false } = this.options;
    if (preparation.fields) this.result.fields = preparation.fields;
    // one that is closed says so to whoever waits for an answer
    if (stream.writable) stream.write(statementMessages(this.statement, preparation, toTheEnd));
  }

  handleRowDescription(message: { fields: WireField[] }): void {
    this.result.fields = message.fields;
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.result.more) return;
    let chars = 0;
    for (const value of fields) chars += value?.length ?? 0;
    if (!this.fits(chars) && this.statement.readOn && !this.isReadingOn) {
      this.startReadingOn(this.statement.readOn, chars);
    }
    if (!this.fits(chars)) {
      this.result.more = true;
      return;
    }
    this.result.chars += chars;
    this.result.rows.push(fields);
  }

  handlePortalSuspended(): void {}

  handleCommandComplete(message: { text: string }): void {
    this.result.tag ||= message.text;
  }

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.options.over?.();
    this.resolve(this.result);
  }

  handleError(error: unknown): void {
    this.options.over?.();
    // what was asked for is there, whatever became of the rest
    if (this.isReadingOn) this.stop();
    if (this.result.cut) this.resolve(this.result);
    else this.reject(error);
  }

  /** Keeps no more of what arrives; the connection is to be given up. */
  stop(): void {
    this.result.more = true;
    this.result.cut = true;
  }

  /** Told of all that arrives on the connection, so that a row is stopped before it is complete. */
  received(bytes: number): void {
    this.receivedBytes += bytes;
    if (this.receivedBytes <= this.maxReceived) return;
    this.stop();
    this.wire?.stream.destroy();
  }

  private fits(chars: number): boolean {
    return this.result.rows.length < this.maxRows && this.result.chars + chars <= this.maxChars;
  }

  private startReadingOn({ rows, chars, ms }: ReadOn, firstChars: number): void {
    this.isReadingOn = true;
    this.maxRows = this.result.rows.length + rows;
    this.maxChars = this.result.chars + Math.max(chars, firstChars);
    this.maxReceived = this.receivedBytes + Math.max(chars, firstChars) + DRAINED_READING_ON_BYTES;
    this.options.readsOn?.(ms);
  }
}
