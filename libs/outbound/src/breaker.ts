import { OperationError } from '#libs/kit';

export type CircuitState = 'closed' | 'half-open' | 'open';

interface BreakerOptions {
  /** Failures in a row until work is refused. */
  readonly failures: number;
  /** Milliseconds until one piece of work may try again. */
  readonly openForMs: number;
  onOpen(): void;
  onClose(): void;
  /** What work is told that is refused. */
  refusal(): Error;
}

/** Refuses work at once while what it needs was not reached several times in a row: whatever fails as `unavailable`. */
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
  run<R>(work: () => R): R | Promise<Awaited<R>> {
    if (this.openedAt !== undefined) return this.runOpen(work, this.openedAt);
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
  private async runOpen<R>(work: () => R, openedAt: number): Promise<Awaited<R>> {
    if (this.trial) {
      await this.trial.catch(() => undefined);
      return await this.run(work);
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
      if (isUnreachable(error)) this.open();
      else this.close();
      throw error;
    }
  }

  private readonly noteSuccess = (): void => {
    this.failures = 0;
  };

  private readonly noteFailure = (error: unknown): void => {
    if (!isUnreachable(error)) return;
    this.failures += 1;
    // what was begun before it opened may fail afterwards
    if (this.failures >= this.options.failures && this.openedAt === undefined) this.open();
  };

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

function isUnreachable(error: unknown): boolean {
  return error instanceof OperationError && error.kind === 'unavailable';
}
