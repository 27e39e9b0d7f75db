const SECOND_MS = 1_000;

/** The time as ISO 8601 in UTC, made once in a millisecond: of each line of the log and the audit it would show. */
export class IsoClock {
  private millisecond = 0;
  private text = '';
  private second = 0;
  /** Up to the point before the milliseconds. */
  private textOfSecond = '';

  now(): string {
    const now = Date.now();
    if (now !== this.millisecond) {
      const second = Math.floor(now / SECOND_MS);
      if (second !== this.second) {
        this.second = second;
        this.textOfSecond = new Date(second * SECOND_MS).toISOString().slice(0, -4);
      }
      this.millisecond = now;
      this.text = `${this.textOfSecond}${String(now % SECOND_MS).padStart(3, '0')}Z`;
    }
    return this.text;
  }
}
