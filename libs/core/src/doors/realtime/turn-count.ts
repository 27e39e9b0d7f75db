/** Counts what happens in one turn of the event loop. */
export class TurnCount {
  private count = 0;

  /** How often it was called in this turn. */
  add(): number {
    if (this.count === 0) setImmediate(() => (this.count = 0));
    this.count += 1;
    return this.count;
  }
}
