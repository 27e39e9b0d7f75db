import type { KeptFacts } from './result-work.js';

/** A result that is kept for its caller. */
export interface KeptResult extends KeptFacts {
  readonly callerId: string;
  /** JSON, compressed with gzip. */
  readonly data: Uint8Array;
  /** Of the JSON. */
  readonly bytes: number;
}
