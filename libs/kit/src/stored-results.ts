import type { Caller } from './caller.js';

/** Some of what an answer had to leave out. */
export interface ResultPage {
  id: string;
  /** What was called. */
  operation: string;
  unit: 'rows' | 'items' | 'lines' | 'characters';
  offset: number;
  /** Of rows and items. */
  items?: unknown[];
  /** Of lines and characters. */
  text?: string;
  /** Units on this page. */
  shown: number;
  /** Units that the operation gave. */
  total: number;
  /** Units that were kept, where that is not all. */
  kept?: number;
  /** Where the next page begins; null after the last one. */
  nextOffset: number | null;
}

/** Who reads, and what an answer to it may hold: a call, or what else a door answers. */
export interface Asking {
  readonly caller: Caller;
  /** Tokens at most, where the client said so. */
  readonly resultTokens?: unknown;
}

/** Rows that are kept for later pages, and what goes with every page of them. */
export interface KeptRows<Facts extends object = Record<string, unknown>> {
  rows: readonly object[];
  facts: Facts;
}

/** What was left out of answers that were too large, for the operation that reads it. Injectable by every service. */
export abstract class StoredResults {
  /**
   * Reads units from `offset` on, at most `limit`, as many as an answer may hold. Rejects with an OperationError:
   * `unknown` for an id that is not there for this caller, `unavailable` while it can't be looked up.
   */
  abstract read(id: string, range: { offset: number; limit?: number | undefined }, asking: Asking): Promise<ResultPage>;

  /**
   * Keeps rows for their caller: in the store, so that every replica has them and a restart leaves them.
   *
   * @param operation that gave them
   * @returns the id to read them by; undefined where they can't be kept
   */
  abstract keepRows(kept: KeptRows, operation: string, ttlMs: number, caller: Caller): Promise<string | undefined>;

  /**
   * Reads some of them; undefined for an id that is not there for this caller. Rejects with `unavailable` while it can't
   * be looked up.
   */
  abstract readRows<Facts extends object>(
    id: string,
    range: { offset: number; limit: number },
    caller: Caller,
  ): Promise<(KeptRows<Facts> & { total: number }) | undefined>;
}
