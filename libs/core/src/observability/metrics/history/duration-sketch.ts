/** Neighbouring classes differ by 4 %, so that a percentile is at most 2 % off. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** What takes less counts as this. */
const SHORTEST_MS = 0.01;

/**
 * How often calls took how long, in classes that grow with the duration. Sketches of several seconds or replicas can be
 * added, and the percentile of the sum is that of all their calls; one of percentiles would not be.
 */
export class DurationSketch {
  private readonly counts = new Map<number, number>();

  observe(ms: number): void {
    const index = Math.ceil(Math.log(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) / LOG_GROWTH);
    this.counts.set(index, (this.counts.get(index) ?? 0) + 1);
  }

  /** Adds what `pairs` answered. */
  add(pairs: readonly number[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const index = pairs[i] ?? 0;
      this.counts.set(index, (this.counts.get(index) ?? 0) + (pairs[i + 1] ?? 0));
    }
  }

  /** Class and count, one after the other, to be kept. */
  pairs(): number[] {
    return [...this.counts].flat();
  }

  /** In milliseconds; 0 of nothing. */
  percentile(rank: number): number {
    const classes = [...this.counts].sort(([a], [b]) => a - b);
    const total = classes.reduce((sum, [, count]) => sum + count, 0);
    let left = (rank / 100) * total;
    for (const [index, count] of classes) {
      left -= count;
      if (left <= 0) return middleOf(index);
    }
    return 0;
  }
}

/** The duration that is equally far, by ratio, from both ends of a class. */
function middleOf(index: number): number {
  return SHORTEST_MS * GROWTH ** (index - 0.5);
}
