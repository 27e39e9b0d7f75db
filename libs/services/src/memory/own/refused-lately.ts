const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 1_000;

/** Memories whose texts an API failed with: not asked for again for some minutes, so that others get their turn. */
export class RefusedLately {
  /** With the time at which each is asked for again; the oldest first. */
  private readonly until = new Map<string, number>();

  get ids(): string[] {
    const now = performance.now();
    for (const [id, until] of this.until) {
      if (until > now) break;
      this.until.delete(id);
    }
    return [...this.until.keys()];
  }

  add(id: string): void {
    this.until.delete(id);
    this.until.set(id, performance.now() + KEPT_MS);
    const [oldest] = this.until.keys();
    if (this.until.size > MOST_KEPT && oldest !== undefined) this.until.delete(oldest);
  }
}
