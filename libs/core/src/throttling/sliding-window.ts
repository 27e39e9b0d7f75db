/** Into how many parts a limit and a window are cut, at the least. */
const PARTS = 32;
/** Slots that can count at once: those that were closed because they are full, or because of their age, and the open one. */
const MAX_SLOTS = 2 * PARTS + 2;

/** Whole milliseconds of a clock that never jumps: sums of whole numbers are exact, so "try again in n ms" is too. */
export function wholeMs(): number {
  return Math.floor(performance.now());
}

/**
 * What was taken in the last `lengthMs`, in constant memory: at most 66 slots, each with a count and the time of its
 * last unit, however much is taken.
 *
 * A slot's units come back all at once when its last one is older than the window. So no span of that length, wherever
 * it starts, ever holds more than the limit; and since a slot is closed at a thirty-second of the limit, a caller who
 * asks all the time gets at least 97 of 100. Counts of two adjoining windows alone, weighted by their overlap, let
 * nearly twice the limit through when a burst stands at the edge between them.
 */
export class SlidingWindow {
  /** Of the slots that are closed, oldest first; most looks at a window need none of them. */
  private readonly counts: number[] = [];
  private readonly lasts: number[] = [];
  /** The open slot: its units, 0 where there is none, its first and its last. */
  private open = 0;
  private openedAt = 0;
  private openLast = 0;
  /** When units come back next; Infinity where none is taken. */
  private nextBack = Infinity;
  private sum = 0;
  private heard = 0;
  private heardUntil = 0;

  constructor(private readonly lengthMs: number) {}

  /** Units that count now; those of other replicas too, where it was heard of them lately. */
  used(now: number): number {
    this.release(now);
    return now < this.heardUntil ? Math.max(this.sum, this.heard) : this.sum;
  }

  /** Notes what all replicas have taken, as it is told until a moment. It refuses nothing here. */
  hear(units: number, until: number): void {
    this.heard = units;
    this.heardUntil = until;
  }

  /** Counts units, whether or not they are within the limit. */
  add(units: number, limit: number, now: number): void {
    if (units === 0) return;
    this.release(now);
    if (!this.takesMore(limit, now)) {
      this.close();
      this.openedAt = now;
    }
    this.open += units;
    this.openLast = now;
    this.sum += units;
    if (this.counts.length === 0) this.nextBack = now + this.lengthMs;
  }

  /** Counts units that were taken before those that count already: by the time of this clock, which may be below 0. */
  addEarlier(taken: readonly { readonly at: number; readonly units: number }[], limit: number): void {
    this.close();
    const counts = this.counts.splice(0);
    const lasts = this.lasts.splice(0);
    this.sum = 0;
    this.nextBack = Infinity;
    for (const { at, units } of taken) this.add(units, limit, at);
    counts.forEach((units, slot) => this.add(units, limit, lasts[slot] ?? 0));
  }

  /** Milliseconds until one more unit is within the limit; 0 where it is already. `limit` is 1 or more. */
  retryAfterMs(limit: number, now: number): number {
    this.release(now);
    let over = this.sum + 1 - limit;
    if (over <= 0) return 0;
    const slot = this.counts.findIndex((units) => (over -= units) <= 0);
    return (this.lasts[slot] ?? this.openLast) + this.lengthMs - now;
  }

  /** Milliseconds until any unit comes back; 0 where none is taken. */
  resetMs(now: number): number {
    this.release(now);
    return this.sum === 0 ? 0 : this.nextBack - now;
  }

  /** Whether nothing counts any more. */
  isIdle(now: number): boolean {
    return this.used(now) === 0;
  }

  /** Numbers that are held now. */
  get size(): number {
    return this.counts.length + this.lasts.length + (this.open > 0 ? 2 : 0);
  }

  private takesMore(limit: number, now: number): boolean {
    if (this.open === 0) return false;
    if (this.openLast === now || this.counts.length + 1 >= MAX_SLOTS) return true;
    return this.open < Math.ceil(limit / PARTS) && now - this.openedAt < this.lengthMs / PARTS;
  }

  private close(): void {
    if (this.open === 0) return;
    this.counts.push(this.open);
    this.lasts.push(this.openLast);
    this.open = 0;
  }

  private release(now: number): void {
    while (this.nextBack <= now) {
      this.lasts.shift();
      const closed = this.counts.shift();
      this.sum -= closed ?? this.open;
      if (closed === undefined) this.open = 0;
      this.nextBack =
        this.open === 0 && this.lasts.length === 0 ? Infinity : (this.lasts[0] ?? this.openLast) + this.lengthMs;
    }
  }
}
