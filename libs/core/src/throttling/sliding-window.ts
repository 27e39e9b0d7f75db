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
  private readonly counts: number[] = [];
  private readonly lasts: number[] = [];
  private openedAt = 0;
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
    this.release(now);
    const open = this.counts.length - 1;
    const count = this.counts[open];
    if (count !== undefined && (this.takesMore(count, limit, now) || open + 1 >= MAX_SLOTS)) {
      this.counts[open] = count + units;
      this.lasts[open] = now;
    } else {
      this.counts.push(units);
      this.lasts.push(now);
      this.openedAt = now;
    }
    this.sum += units;
  }

  /** Counts units that were taken before those that count already: by the time of this clock, which may be below 0. */
  addEarlier(taken: readonly { readonly at: number; readonly units: number }[], limit: number): void {
    const counts = this.counts.splice(0);
    const lasts = this.lasts.splice(0);
    this.sum = 0;
    for (const { at, units } of taken) this.add(units, limit, at);
    counts.forEach((units, slot) => this.add(units, limit, lasts[slot] ?? 0));
  }

  /** Milliseconds until one more unit is within the limit; 0 where it is already. `limit` is 1 or more. */
  retryAfterMs(limit: number, now: number): number {
    this.release(now);
    let over = this.sum + 1 - limit;
    for (let i = 0; over > 0; i += 1) {
      over -= this.counts[i] ?? over;
      if (over <= 0) return this.comesBackAt(i) - now;
    }
    return 0;
  }

  /** Milliseconds until any unit comes back; 0 where none is taken. */
  resetMs(now: number): number {
    this.release(now);
    return this.counts.length === 0 ? 0 : this.comesBackAt(0) - now;
  }

  /** Whether nothing counts any more. */
  isIdle(now: number): boolean {
    return this.used(now) === 0;
  }

  /** Numbers that are held now. */
  get size(): number {
    return this.counts.length + this.lasts.length;
  }

  private takesMore(count: number, limit: number, now: number): boolean {
    if (this.lasts.at(-1) === now) return true;
    return count < Math.ceil(limit / PARTS) && now - this.openedAt < this.lengthMs / PARTS;
  }

  private release(now: number): void {
    while (this.counts.length > 0 && this.comesBackAt(0) <= now) {
      this.lasts.shift();
      this.sum -= this.counts.shift() ?? 0;
    }
  }

  private comesBackAt(slot: number): number {
    return (this.lasts[slot] ?? 0) + this.lengthMs;
  }
}
