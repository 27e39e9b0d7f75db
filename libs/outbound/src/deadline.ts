import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationError } from '#libs/kit';
import type { CancelSignal } from './cancellation.js';
import { cancelled, tooLate } from './outbound-errors.js';

/** Ends one request with all its redirects and retries: at its time limit, or when its caller cancels. */
export class Deadline {
  private readonly endsAt: number;
  private timer: NodeJS.Timeout | undefined;
  private reason: OperationError | undefined;
  private stop: ((reason: OperationError) => void) | undefined;

  constructor(
    timeoutMs: number,
    private readonly signal: CancelSignal | undefined,
    private readonly who: string,
  ) {
    this.endsAt = performance.now() + timeoutMs;
    if (timeoutMs < Infinity) this.timer = setTimeout(() => this.end(tooLate(who, timeoutMs)), timeoutMs);
    if (signal?.aborted) this.onAbort();
    else signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** In milliseconds; may be below 0. */
  get remainingMs(): number {
    return this.endsAt - performance.now();
  }

  /** Calls `stop` at the end, at once where that has come; only the latest is called. */
  watch(stop: (reason: OperationError) => void): void {
    this.stop = stop;
    if (this.reason) stop(this.reason);
  }

  /** What `work` comes to; rejects when the end comes first. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(resolve, reject);
      this.watch(reject);
    });
  }

  async sleep(ms: number): Promise<void> {
    await this.race(sleep(ms, undefined, { ref: false }));
  }

  /** Lifts the time limit; the signal goes on. */
  lift(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Nothing is left to be ended. */
  release(): void {
    this.lift();
    this.stop = undefined;
    this.signal?.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = () => {
    if (this.signal) this.end(cancelled(this.signal, this.who));
  };

  private end(reason: OperationError): void {
    this.reason ??= reason;
    this.stop?.(this.reason);
  }
}
