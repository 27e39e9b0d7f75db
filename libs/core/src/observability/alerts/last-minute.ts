const SECONDS = 60;

/** How much a count has grown in the last minute, by being looked at each second. */
export class LastMinute {
  private readonly counts: number[] = [];

  /** The count now; answers by how much it has grown. */
  grown(count: number): number {
    this.counts.push(count);
    if (this.counts.length > SECONDS + 1) this.counts.shift();
    return count - (this.counts[0] ?? count);
  }
}
