import { canonicalText, FIRST_HASH } from './audit-line.js';
import { PendingLines } from './pending-lines.js';
import type { ChainHead } from './spool-segment.js';

/** Lines that are to be written: they get their places in the chain together, one after the other, right before that. */
export class ChainedLines {
  private place: ChainHead = { replica: '', seq: 0, hash: FIRST_HASH };
  private bodies: string[] = [];
  private readonly pending = new PendingLines();

  /** The last place that was given. */
  get head(): ChainHead {
    return this.place;
  }

  get isEmpty(): boolean {
    return this.bodies.length === 0 && this.pending.isEmpty;
  }

  /** Goes on from a place. */
  begin(head: ChainHead): void {
    this.place = head;
  }

  add(body: string): void {
    this.bodies.push(body);
  }

  /** All that is not written yet, as long as none is added; empty where there is none. */
  next(): Buffer {
    const { bodies } = this;
    this.bodies = [];
    const { replica } = this.place;
    let { seq, hash } = this.place;
    for (const body of bodies) {
      seq += 1;
      hash = this.pending.add(hash, canonicalText(replica, seq, body));
    }
    if (bodies.length > 0) this.place = { replica, seq, hash };
    return this.pending.all;
  }

  /** What `next` has answered is written. */
  clear(): void {
    this.pending.clear();
  }
}
