import type { CancelSignal } from '#libs/kit';
import type { PooledSession } from './pooled-session.js';

/** Time that a call waits for a session that another one has. */
const PATIENCE_MS = 5_000;

/** One call that is to have a session. */
export class Waiter {
  readonly session: Promise<PooledSession>;
  private readonly since = performance.now();
  private settle: { resolve: (session: PooledSession) => void; reject: (error: unknown) => void } | undefined;
  private readonly leave = () => this.refuse(this.signal.reason);

  constructor(private readonly signal: CancelSignal) {
    this.session = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    if (signal.aborted) this.leave();
    else signal.addEventListener('abort', this.leave, { once: true });
  }

  /** Whether it is still there. */
  get waits(): boolean {
    return this.settle !== undefined;
  }

  get waitsUntil(): number {
    return this.since + PATIENCE_MS;
  }

  take(session: PooledSession): void {
    this.end()?.resolve(session);
  }

  refuse(error: unknown): void {
    this.end()?.reject(error);
  }

  private end() {
    const { settle } = this;
    this.settle = undefined;
    this.signal.removeEventListener('abort', this.leave);
    return settle;
  }
}

/** Calls that wait until one of the sessions comes back, the one that came first before the others. */
export class SessionQueue {
  private waiters: Waiter[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param tooLate what a call is told that has waited too long */
  constructor(private readonly tooLate: () => Error) {}

  get length(): number {
    return this.waiters.length;
  }

  add(waiter: Waiter): void {
    this.waiters.push(waiter);
    this.timer ??= setTimeout(this.look, PATIENCE_MS).unref();
  }

  /** Takes out the first that has not left. */
  next(): Waiter | undefined {
    let waiter = this.waiters.shift();
    while (waiter && !waiter.waits) waiter = this.waiters.shift();
    return waiter;
  }

  /** All are equally patient, so one timer does for all. */
  private readonly look = () => {
    const now = performance.now();
    this.waiters = this.waiters.filter((waiter) => {
      const isTooLate = waiter.waitsUntil <= now;
      if (isTooLate) waiter.refuse(this.tooLate());
      return !isTooLate && waiter.waits;
    });
    const [first] = this.waiters;
    this.timer = first && setTimeout(this.look, first.waitsUntil - now).unref();
  };
}
