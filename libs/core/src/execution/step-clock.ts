import type { CallStep } from '#libs/kit';

/** How long each step of a call took, in milliseconds; the one in which it failed is not among them. */
export class StepClock {
  /** Each has its place from the beginning: to add members by name is slow. */
  readonly taken: Record<CallStep, number | undefined> = {
    authorize: undefined,
    admit: undefined,
    parse: undefined,
    approve: undefined,
    run: undefined,
    shape: undefined,
  };
  private last: number;
  private asksPerson = false;

  constructor(readonly startedAt = performance.now()) {
    this.last = startedAt;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Until the end of the last step. */
  get takenMs(): number {
    return this.last - this.startedAt;
  }

  /** Of what a call took, all but the time for which it waited for a person. */
  workMs(durationMs: number): number {
    if (!this.asksPerson) return durationMs;
    const { approve } = this.taken;
    // nobody has said yes, or the call was performed before: what came since the last step was no work
    return approve === undefined ? this.takenMs : durationMs - approve;
  }

  /** The next step is that a person approves the call. */
  askPerson(): void {
    this.asksPerson = true;
  }

  /** The step is over. */
  end(step: CallStep): void {
    const now = performance.now();
    this.taken[step] = Math.round((now - this.last) * 1_000) / 1_000;
    this.last = now;
  }
}
