import { ToldNumbers } from './told-numbers.js';

const CAPACITY = 1_000;

/** One event as it is kept: it becomes what clients read only for those who do. */
export interface Occurred<E> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: E;
}

/** What came after an event, as far as it is kept, and whether that is all. */
export interface Missed<E> {
  readonly events: Occurred<E>[];
  readonly complete: boolean;
}

/** The newest events of one name, in the order of their numbers. */
export interface History<E> {
  /** The number of the newest event; 0 before the first. */
  readonly seq: number;
  push(event: E, seq?: number): Occurred<E>;
  /** Takes an event with the number that it was given elsewhere. */
  insert(occurred: Occurred<E>): Occurred<E>;
  /** Notes that what happened up to a number was not told here. */
  noteMissed(seq: number): void;
  since(seq: number): Missed<E>;
}

/** Events that happened together, with numbers that follow each other. */
interface Kept<E> {
  /** Of the last of them. */
  readonly seq: number;
  readonly at: number;
  readonly count: number;
  readonly events: () => readonly E[];
}

/** The newest events of one name, at least 1,000, in memory. */
export class EventHistory<E> implements History<E> {
  private readonly numbers = new ToldNumbers();
  private kept: (Occurred<E> | Kept<E>)[] = [];
  private size = 0;

  get seq(): number {
    return this.numbers.last;
  }

  push(event: E, seq = this.seq + 1): Occurred<E> {
    return this.insert({ seq, at: Date.now(), event });
  }

  /**
   * Takes events that nobody may ever read, and that are made only for who does; none where they are gone by then. Answers
   * them, made when asked for.
   */
  pushMany(count: number, events: () => readonly E[], seq = this.seq + 1): () => Occurred<E>[] {
    const many = { seq: seq + count - 1, at: Date.now(), count, events };
    this.keep(many, count);
    return () => occurredIn(many);
  }

  insert(occurred: Occurred<E>): Occurred<E> {
    this.keep(occurred, 1);
    return occurred;
  }

  noteMissed(seq: number): void {
    this.numbers.noteMissed(seq);
  }

  since(seq: number): Missed<E> {
    this.forget();
    const { from, complete } = this.numbers.after(seq);
    const kept = this.kept.filter((each) => each.seq > from);
    const all = kept.flatMap((each) => occurredIn(each));
    const isWhole = all.length === kept.reduce((sum, each) => sum + countOf(each), 0);
    return { events: all.filter((occurred) => occurred.seq > from), complete: complete && isWhole };
  }

  private keep(each: Occurred<E> | Kept<E>, count: number): void {
    const { seq } = each;
    if (seq > this.seq) this.kept.push(each);
    else this.kept.splice(this.kept.findLastIndex((other) => other.seq < seq) + 1, 0, each);
    this.numbers.note(seq);
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
