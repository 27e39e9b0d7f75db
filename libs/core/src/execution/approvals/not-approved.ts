import { OperationError, invalidField } from '#libs/kit';
import type { Approval } from './approval.js';

/** When it is worth asking again whether somebody has answered. */
const ASK_AGAIN_MS = 15_000;

/** Nobody has answered yet, or it still runs: the caller comes back with the ticket. */
export function stillWaiting({ id, operation, expiresAt, state }: Approval): OperationError {
  const what = state === 'running' ? 'was approved and still runs' : 'needs a person’s approval, which is still open';
  return new OperationError(
    'not-approved',
    `${operation} ${what}. Nothing is lost: send the same call again with "ticket": "${id}" beside its arguments, ` +
      `until ${expiresAt.toISOString()}. It runs once, when it is approved.`,
    { ticket: id, state, expiresAt: expiresAt.toISOString(), retryable: true, retryAfterMs: ASK_AGAIN_MS },
  );
}

export function refusedBy({ id, operation, decidedBy, note }: Approval): OperationError {
  const why = note === undefined ? '' : `: ${note}`;
  return new OperationError(
    'not-approved',
    `${decidedBy?.subject ?? 'A person'} did not approve this call of ${operation}${why}. Don't send it again as it is.`,
    { approvalId: id, state: 'denied', ...(note !== undefined && { note }) },
  );
}

export function expired({ id, operation, expiresAt }: Approval): OperationError {
  return new OperationError(
    'not-approved',
    `The approval of this call of ${operation} expired at ${expiresAt.toISOString()}, and the call did not run. ` +
      'Send it without the ticket to ask anew.',
    { approvalId: id, state: 'expired' },
  );
}

export function lost({ id, operation }: Approval): OperationError {
  return new OperationError(
    'not-approved',
    `This call of ${operation} was approved, and how it ended is not known: the gateway stopped while it ran, or a backup ` +
      'from before was restored. It may have had its effect, so it is not run again. See what is there; to run it ' +
      'anyhow, send it without the ticket.',
    { approvalId: id, state: 'lost' },
  );
}

/** Nobody hears this one: the call has ended, and its approval is there for the next. */
export function neverRan(): OperationError {
  return new OperationError('failed', 'The call was over before it ran');
}

export function unknownTicket(): OperationError {
  return new OperationError(
    'unknown',
    'None of your calls has this ticket. Send the call without it, or with the one that it was answered with.',
  );
}

export function anothersCall({ operation }: Approval): OperationError {
  return invalidField('ticket', `the same call of ${operation} that it was given for`, 'another call');
}
