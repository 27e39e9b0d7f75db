import { OperationError } from '#libs/kit';
import { AnswerLostError } from '#libs/outbound';

export function unreachable(reason = 'it is not up yet', cause?: unknown): OperationError {
  return unavailable(`The store can't be reached: ${reason}. Try again soon.`, cause);
}

/** Of one that was asked, and may have done what it was asked for. */
export function unanswered(reason: string, cause: unknown): OperationError {
  const message = `The store can't be reached: ${reason}; try again soon`;
  return new AnswerLostError(message, { retryable: true, retryAfterMs: 1_000 }, { cause });
}

/** Of a store that is there. */
export function refusing(reason: string, cause: unknown): OperationError {
  return unavailable(`The store refuses writes: ${reason}. Try again soon.`, cause);
}

function unavailable(message: string, cause: unknown): OperationError {
  return new OperationError('unavailable', message, { retryable: true, retryAfterMs: 1_000 }, { cause });
}
