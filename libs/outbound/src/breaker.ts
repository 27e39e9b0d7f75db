import type { CancelSignal } from '#libs/kit';
import { signIn } from './unavailable-error.js';

export type CircuitState = 'closed' | 'half-open' | 'open';

interface BreakerOptions {
  /** Failures in a row until work is refused. */
  readonly failures: number;
  /** Milliseconds until one piece of work may try again, and for which others wait for what comes of it. */
  readonly openForMs: number;
  onOpen(): void;
  onClose(): void;
  /** What work is told that is refused. */
  refusal(): Error;
}

/** For whom work is done. Its signal is asked for only where work has to wait, since it may be made by that. */
export interface Cancellable {
  readonly signal: CancelSignal;
}

/**
 * Refuses work at once while what it needs was not reached several times in a row: whatever fails as `unavailable` and
 * does not say otherwise.
 */
export class Breaker {
  private failures = 0;
  /** Undefined while it is closed. */
  private openedAt: number | undefined;
  private trial: Promise<unknown> | undefined;

  constructor(private readonly options: BreakerOptions) {}

  get state(): CircuitState {
    if (this.trial) return 'half-open';
    return this.openedAt === undefined ? 'closed' : 'open';
  }

  /** Answers what `work` does; while the circuit is closed its very promise, which is only looked at. */
  run<R>(work: () => R, call?: Cancellable): R | Promise<Awaited<R>> {
    if (this.openedAt !== undefined) return this.runOpen(work, this.openedAt, call);
    let running: R;
    try {
      running = work();
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
    if (running instanceof Promise) running.then(this.noteSuccess, this.noteFailure);
    else this.noteSuccess();
    return running;
  }

  /** One piece of work decides for all that come meanwhile. */
  private async runOpen<R>(work: () => R, openedAt: number, call?: Cancellable): Promise<Awaited<R>> {
    if (this.trial) {
      await settled(this.trial, this.options.openForMs, call?.signal);
      if (this.isOpen()) throw this.options.refusal();
      return await this.run(work, call);
    }
    if (Date.now() - openedAt < this.options.openForMs) throw this.options.refusal();
    const trial = this.try(work);
    this.trial = trial;
    try {
      return await trial;
    } finally {
      this.trial = undefined;
    }
  }

  private async try<R>(work: () => R): Promise<Awaited<R>> {
    try {
      const result = await work();
      this.close();
      return result;
    } catch (error) {
      const sign = signIn(error);
      if (sign === 'away') this.open();
      // otherwise the next one tries
      else if (sign !== 'unasked') this.close();
      throw error;
    }
  }

  private readonly noteSuccess = (): void => {
    this.failures = 0;
  };

  private readonly noteFailure = (error: unknown): void => {
    const sign = signIn(error);
    if (sign === 'answered') this.noteSuccess();
    if (sign !== 'away') return;
    this.failures += 1;
    // what was begun before it opened may fail afterwards
    if (this.failures >= this.options.failures && !this.isOpen()) this.open();
  };

  private isOpen(): boolean {
    return this.openedAt !== undefined;
  }

  private open(): void {
    this.openedAt = Date.now();
    this.options.onOpen();
  }

  private close(): void {
    this.failures = 0;
    this.openedAt = undefined;
    this.options.onClose();
  }
}

/** Waits until `work` is over, however it ends, or for `ms`. Rejects with the reason of `signal` where that comes first. */
async function settled(work: Promise<unknown>, ms: number, signal: CancelSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal) abort = () => reject(signal.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      timer = setTimeout(resolve, ms);
      work.catch(() => undefined).then(() => resolve(), reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
