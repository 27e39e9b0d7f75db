/** How long a condition must hold, and how long it must not, in milliseconds. */
export interface Patience {
  readonly raiseAfterMs: number;
  readonly resolveAfterMs: number;
}

/**
 * Whether one thing is wrong: raised once when it has been for long enough, resolved once when it has not been for long
 * enough. What wavers in between changes nothing.
 */
export class Alarm {
  /** Since when the condition is what the alarm is not; undefined while they agree. */
  private since: number | undefined;

  constructor(private raised = false) {}

  get isRaised(): boolean {
    return this.raised;
  }

  /** `now` by a clock that never jumps. Answers what has changed. */
  look(holds: boolean, now: number, { raiseAfterMs, resolveAfterMs }: Patience): 'raised' | 'resolved' | undefined {
    if (holds === this.raised) {
      this.since = undefined;
      return undefined;
    }
    this.since ??= now;
    if (now - this.since < (holds ? raiseAfterMs : resolveAfterMs)) return undefined;
    this.raised = holds;
    this.since = undefined;
    return holds ? 'raised' : 'resolved';
  }
}
