const CAPACITY = 1_000;

/** One event as it is kept: it becomes what clients read only for those who do. */
export interface Occurred<E> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: E;
}

/** Events that happened together, with numbers that follow each other. */
interface Kept<E> {
  /** Of the last of them. */
  readonly seq: number;
  readonly at: number;
  readonly count: number;
  readonly events: () => readonly E[];
}

/** The newest events of one name, at least 1,000, in memory, in the order of their numbers. */
export class EventHistory<E> {
  private kept: (Occurred<E> | Kept<E>)[] = [];
  private size = 0;
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

  /** Takes events that nobody may ever read, and that are made only for who does. Answers them, made when asked for. */
  pushMany(count: number, events: () => readonly E[], seq = this.last + 1): () => Occurred<E>[] {
    const many = { seq: seq + count - 1, at: Date.now(), count, events };
    this.keep(many, count);
    return () => occurredIn(many);
  }

  /** Takes an event with the number that it was given elsewhere. */
  insert(occurred: Occurred<E>): Occurred<E> {
    this.keep(occurred, 1);
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
    const from = known ? seq : 0;
    const events = this.kept
      .filter((each) => each.seq > from)
      .flatMap((each) => occurredIn(each))
      .filter((occurred) => occurred.seq > from);
    return { events, complete: known && seq >= this.missed };
  }

  private keep(each: Occurred<E> | Kept<E>, count: number): void {
    const { seq } = each;
    if (seq > this.last) this.kept.push(each);
    else this.kept.splice(this.kept.findLastIndex((other) => other.seq < seq) + 1, 0, each);
    this.last = Math.max(this.last, seq);
    this.size += count;
    // many at once, so that each costs next to nothing
    if (this.size >= 2 * CAPACITY) this.forget();
  }

  private forget(): void {
    let passed = 0;
    for (const each of this.kept) {
      const left = this.size - countOf(each);
      if (left < CAPACITY) break;
      this.size = left;
      this.noteMissed(each.seq);
      passed += 1;
    }
    if (passed > 0) this.kept = this.kept.slice(passed);
  }
}

function countOf<E>(each: Occurred<E> | Kept<E>): number {
  return 'count' in each ? each.count : 1;
}

function occurredIn<E>(each: Occurred<E> | Kept<E>): Occurred<E>[] {
  if (!('count' in each)) return [each];
  const { seq, at, count } = each;
  return each.events().map((event, i) => ({ seq: seq - count + 1 + i, at, event }));
}
