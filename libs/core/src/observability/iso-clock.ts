/** The time as ISO 8601 in UTC, made once in a millisecond: of each line of the log and the audit it would show. */
export class IsoClock {
  private millisecond = 0;
  private text = '';

  now(): string {
    const now = Date.now();
    if (now !== this.millisecond) {
      this.millisecond = now;
      this.text = new Date(now).toISOString();
    }
    return this.text;
  }
}
