import { Injectable, Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState as State,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { OperationError } from '#libs/kit';

/** Consecutive failures to reach a back end until calls are refused at once. */
const FAILURES_UNTIL_OPEN = 5;
/** Time until one call may try again, in milliseconds. */
const OPEN_FOR_MS = 1_000;

export type CircuitState = 'closed' | 'half-open' | 'open';

/**
 * One circuit breaker per back end. Only `unavailable` errors count: a back end that answers, even with an error, is
 * there.
 */
@Injectable()
export class Breakers {
  private readonly logger = new Logger(Breakers.name);
  private readonly byBackEnd = new Map<string, CircuitBreakerPolicy>();

  /** Runs `work` through the breaker of `backEnd`; rejects with a retryable `unavailable` while the circuit is open. */
  async run<T>(backEnd: string, work: () => T | Promise<T>): Promise<T> {
    const breaker = this.byBackEnd.get(backEnd) ?? this.create(backEnd);
    try {
      return await breaker.execute(work);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new OperationError(
        'unavailable',
        `${backEnd} could not be reached several times in a row; try again soon`,
        {
          retryable: true,
          retryAfterMs: OPEN_FOR_MS,
        },
      );
    }
  }

  /** Of every back end that was called. */
  *states(): Generator<readonly [backEnd: string, state: CircuitState]> {
    for (const [backEnd, { state }] of this.byBackEnd) yield [backEnd, nameOf(state)];
  }

  private create(backEnd: string): CircuitBreakerPolicy {
    const unreachable = handleWhen((error) => error instanceof OperationError && error.kind === 'unavailable');
    const breaker = circuitBreaker(unreachable, {
      halfOpenAfter: OPEN_FOR_MS,
      breaker: new ConsecutiveBreaker(FAILURES_UNTIL_OPEN),
    });
    breaker.onBreak(() => this.logger.warn(`${backEnd}: circuit open after ${FAILURES_UNTIL_OPEN} failures`));
    breaker.onReset(() => this.logger.log(`${backEnd}: circuit closed, reachable again`));
    this.byBackEnd.set(backEnd, breaker);
    return breaker;
  }
}

/** Of one that someone holds open by hand, nobody knows here. */
function nameOf(state: State): CircuitState {
  if (state === State.Closed) return 'closed';
  return state === State.HalfOpen ? 'half-open' : 'open';
}
