/** What can tell when it is of no use any more. */
interface Idling {
  isIdle(now: number): boolean;
}

/** Every how many look-ups one other key is looked at. */
const SWEEP_EVERY = 8;

/**
 * Something for each key that is in use. What is idle is dropped, a key or two with each look-up, so that there is never
 * a pause; where all of `capacity` are busy, the one that came first makes room.
 */
export class ActiveKeys<T extends Idling> {
  private readonly held = new Map<string, T>();
  private sweeper = this.held.entries();
  private untilSweep = SWEEP_EVERY;

  constructor(
    private readonly create: (key: string) => T,
    private readonly capacity = 10_000,
  ) {}

  get size(): number {
    return this.held.size;
  }

  values(): Iterable<T> {
    return this.held.values();
  }

  find(key: string): T | undefined {
    return this.held.get(key);
  }

  findOrCreate(key: string, now: number): T {
    // before the look-up: what it answers must not be dropped
    if (--this.untilSweep === 0) this.sweepOne(now);
    return this.held.get(key) ?? this.insert(key, now);
  }

  private insert(key: string, now: number): T {
    // two for each that comes, so that a flood of new keys can't outrun it
    this.sweepOne(now);
    this.sweepOne(now);
    if (this.held.size >= this.capacity) {
      const [oldest] = this.held.keys();
      if (oldest !== undefined) this.held.delete(oldest);
    }
    const value = this.create(key);
    this.held.set(key, value);
    return value;
  }

  private sweepOne(now: number): void {
    this.untilSweep = SWEEP_EVERY;
    const { value: entry } = this.sweeper.next();
    if (!entry) this.sweeper = this.held.entries();
    else if (entry[1].isIdle(now)) this.held.delete(entry[0]);
  }
}
