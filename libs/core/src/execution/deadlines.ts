import { AsyncResource } from 'node:async_hooks';

/** What is to end at some time, unless it is over before. */
export interface Timed {
  /** When, on the clock of `performance.now()`; where it changes while it waits it is added again. */
  readonly dueAt: number;
  /** Among those that wait, while it does. */
  slot: number | undefined;
  /** Its time has come; it waits no more. */
  due(): void;
}

/**
 * Any number of deadlines with one timer, which is set for the first of them. Hardly any is ever reached: to set a timer
 * for each call and take it back takes 2 µs, as much as its permissions and limits do.
 */
class Deadlines {
  private readonly waiting: Timed[] = [];
  private timer: NodeJS.Timeout | undefined;
  private firesAt = Infinity;

  add(timed: Timed): void {
    timed.slot ??= this.waiting.push(timed) - 1;
    if (timed.dueAt < this.firesAt) this.setTimer(timed.dueAt);
  }

  remove(timed: Timed): void {
    const { slot } = timed;
    if (slot === undefined) return;
    timed.slot = undefined;
    const last = this.waiting.pop();
    if (!last || last === timed) return;
    this.waiting[slot] = last;
    last.slot = slot;
  }

  private setTimer(dueAt: number): void {
    clearTimeout(this.timer);
    this.firesAt = dueAt;
    if (dueAt === Infinity) return;
    const ms = Math.min(Math.max(Math.ceil(dueAt - performance.now()), 0), LONGEST_TIMER_MS);
    this.timer = setTimeout(this.look, ms).unref();
  }

  /** Outside of whichever call has set the timer: the deadlines of others are no part of its trace. */
  private readonly look = AsyncResource.bind((): void => {
    const now = performance.now();
    try {
      for (const timed of this.waiting.filter(({ dueAt }) => dueAt <= now)) {
        if (timed.slot === undefined) continue;
        this.remove(timed);
        timed.due();
      }
    } finally {
      this.setTimer(this.waiting.reduce((first, { dueAt }) => Math.min(first, dueAt), Infinity));
    }
  });
}

/** The longest that a timer of node's takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Those of all calls in this process. */
export const deadlines = new Deadlines();
