const CAPACITY = 1_000;

/** One event as it is kept: it becomes what clients read only for those who do. */
export interface Occurred<E> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: E;
}

/** The newest events of one name, in memory, in the order of their numbers. */
export class EventHistory<E> {
  private kept: Occurred<E>[] = [];
  private last = 0;
  /** Number of the newest event that is kept no longer, or was never heard of here. */
  private missed = 0;

  /** The number of the newest event; 0 before the first. */
  get seq(): number {
    return this.last;
  }

  push(event: E, seq = this.last + 1): Occurred<E> {
    return this.insert({ seq, at: Date.now(), event });
  }

  /** Takes an event with the number that it was given elsewhere. */
  insert(occurred: Occurred<E>): Occurred<E> {
    const { seq } = occurred;
    if (seq > this.last) this.kept.push(occurred);
    else this.kept.splice(this.kept.findLastIndex((each) => each.seq < seq) + 1, 0, occurred);
    this.last = Math.max(this.last, seq);
    // many at once, so that each costs next to nothing
    if (this.kept.length >= 2 * CAPACITY) this.forget();
    return occurred;
  }

  /** Notes that what happened up to a number was not told here. */
  noteMissed(seq: number): void {
    this.missed = Math.max(this.missed, seq);
  }

  /**
   * What came after an event, as far as it is kept. Not complete where some are forgotten, and where the gateway began to
   * count anew since: then the number is one that there never was, and all are answered.
   */
  since(seq: number): { events: Occurred<E>[]; complete: boolean } {
    this.forget();
    const known = seq <= this.last;
    const events = known ? this.kept.filter((occurred) => occurred.seq > seq) : this.kept;
    return { events, complete: known && seq >= this.missed };
  }

  private forget(): void {
    if (this.kept.length <= CAPACITY) return;
    const newest = this.kept.slice(-CAPACITY);
    this.noteMissed(this.kept[this.kept.length - CAPACITY - 1]?.seq ?? 0);
    this.kept = newest;
  }
}
