import { setTimeout as sleep } from 'node:timers/promises';

/** From the signal to the end of the process: whoever stops one mostly kills it after 10 s. */
const STOPS_WITHIN_MS = 8_500;

/** When all that a stop does has to be over. */
export class StopDeadline {
  private readonly at = performance.now() + STOPS_WITHIN_MS;

  /** Milliseconds that are left when `reserveMs` of them are kept for what comes after; 0 where there are none. */
  left(reserveMs = 0): number {
    return Math.max(0, this.at - reserveMs - performance.now());
  }

  /** Waits for `work`, but no longer than until `reserveMs` are left. Rejects where the work does by then. */
  async wait(work: Promise<unknown>, reserveMs: number): Promise<void> {
    const over = new AbortController();
    const late = sleep(this.left(reserveMs), undefined, { signal: over.signal }).catch(() => undefined);
    try {
      await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }
}
