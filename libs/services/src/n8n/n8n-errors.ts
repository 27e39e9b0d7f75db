import { OperationError } from '#libs/kit';
import { inDoubt, UnavailableError, type HttpAnswer } from '#libs/outbound';

/** Longer ones say no more. */
const MAX_TOLD = 300;

/**
 * What a refusal of n8n's API means for the one who called; `what` is what was asked for, and `isRepeatable` whether asking
 * twice does no more than asking once.
 */
export function refusal(answer: HttpAnswer, what: string, isRepeatable: boolean): OperationError {
  const { status } = answer;
  const told = messageOf(answer);
  if (status === 401) {
    return new OperationError('failed', 'n8n refused the API key. The operator has to set N8N_API_KEY to a valid one.');
  }
  if (status === 403) {
    return new OperationError(
      'failed',
      `The API key may not ${what}: n8n says ${told}. It lacks a scope, or the licence does.`,
    );
  }
  if (status === 404) return new OperationError('unknown', `n8n can’t ${what}, since it is not there: ${told}`);
  if (status === 429) return limited(answer);
  if (status >= 500) {
    const failed = `n8n failed to ${what} (status ${status})`;
    if (!isRepeatable) return inDoubt(new OperationError('unavailable', failed));
    return new OperationError('unavailable', `${failed}. Try again soon.`, { retryable: true });
  }
  return new OperationError('failed', `n8n refused to ${what} (status ${status}): ${told}`);
}

export function limited({ retryAfterMs = 1_000 }: HttpAnswer): OperationError {
  return new OperationError('limited', 'n8n takes no more requests for now. Try again later.', { retryAfterMs });
}

/** What n8n gives as its reason, in quotes. */
export function messageOf({ body }: Pick<HttpAnswer, 'body'>): string {
  try {
    const { message } = JSON.parse(body.toString()) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return JSON.stringify(message.slice(0, MAX_TOLD));
  } catch {
    // it gave none
  }
  return 'nothing about the reason';
}

/** Of an answer that is none; what was asked for may have been done all the same. */
export function notUnderstood(what: string, isRepeatable: boolean): OperationError {
  const message = `n8n answered something else than expected when asked to ${what}`;
  if (!isRepeatable) return inDoubt(new UnavailableError('answered', message));
  return new OperationError('failed', `${message}. Is N8N_API_URL right?`);
}
