import { Injectable, Logger } from '@nestjs/common';
import { Breaker, type Cancellable, type CircuitState } from './breaker.js';
import { UnavailableError } from './unavailable-error.js';

/** Consecutive failures to reach a back end until calls are refused at once. */
const FAILURES_UNTIL_OPEN = 5;
/** Time until one call may try again, and for which others wait for that one, in milliseconds. */
const OPEN_FOR_MS = 1_000;

/**
 * One circuit breaker per back end. Only `unavailable` errors count, and of those none that says itself that the back end
 * has answered (`UnavailableError`): one that answers, even with an error, is there.
 */
@Injectable()
export class Breakers {
  private readonly logger = new Logger(Breakers.name);
  private readonly byBackEnd = new Map<string, Breaker>();

  /**
   * Runs `work` through the breaker of `backEnd`, and answers what it does; rejects with a retryable `unavailable` while
   * the circuit is open. Where it waits for a call that tries, it rejects with the reason of the signal of `call`.
   */
  run<R>(backEnd: string, work: () => R, call?: Cancellable): R | Promise<Awaited<R>> {
    return (this.byBackEnd.get(backEnd) ?? this.create(backEnd)).run(work, call);
  }

  /** Of every back end that was called. */
  *states(): Generator<readonly [backEnd: string, state: CircuitState]> {
    for (const [backEnd, { state }] of this.byBackEnd) yield [backEnd, state];
  }

  private create(backEnd: string): Breaker {
    const breaker = new Breaker({
      failures: FAILURES_UNTIL_OPEN,
      openForMs: OPEN_FOR_MS,
      onOpen: () => this.logger.warn(`${backEnd}: circuit open after ${FAILURES_UNTIL_OPEN} failures`),
      onClose: () => this.logger.log(`${backEnd}: circuit closed, reachable again`),
      refusal: () => refusal(backEnd),
    });
    this.byBackEnd.set(backEnd, breaker);
    return breaker;
  }
}

function refusal(backEnd: string): UnavailableError {
  const message = `${backEnd} could not be reached several times in a row; try again soon`;
  return new UnavailableError('unasked', message, { retryable: true, retryAfterMs: OPEN_FOR_MS });
}
