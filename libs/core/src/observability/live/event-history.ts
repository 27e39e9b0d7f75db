const CAPACITY = 1_000;

/** One event as it is kept: it becomes what clients read only for those who do. */
export interface Occurred<E> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: E;
}

/** The newest events of one name, in memory. To keep one costs an array slot. */
export class EventHistory<E> {
  private readonly slots: Occurred<E>[] = [];
  private last = 0;

  /** The number of the newest event; 0 before the first. */
  get seq(): number {
    return this.last;
  }

  push(event: E): Occurred<E> {
    this.last += 1;
    const occurred = { seq: this.last, at: Date.now(), event };
    this.slots[this.last % CAPACITY] = occurred;
    return occurred;
  }

  /**
   * What came after an event, as far as it is kept. Not complete where some are forgotten, and where the gateway began to
   * count anew since: then the number is one that there never was, and all are answered.
   */
  since(seq: number): { events: Occurred<E>[]; complete: boolean } {
    const oldest = Math.max(1, this.last - CAPACITY + 1);
    const known = seq <= this.last;
    const first = known ? Math.max(seq + 1, oldest) : oldest;
    const events: Occurred<E>[] = [];
    for (let next = first; next <= this.last; next += 1) {
      const occurred = this.slots[next % CAPACITY];
      if (occurred) events.push(occurred);
    }
    return { events, complete: known && seq + 1 >= oldest };
  }
}
