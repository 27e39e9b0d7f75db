import { OperationError } from '#libs/kit';
import { wasNeverSent } from './outbound-errors.js';
import { UnavailableError } from './unavailable-error.js';

/** At the end of a message; what would contradict is left out. */
const advice = /; try again[^;]*$/;

/**
 * What an error of a change means whose answer is not known: the change may have been made. Other errors are returned as
 * they are, and so are those of what was never sent.
 */
export function inDoubt(error: OperationError): OperationError;
export function inDoubt(error: unknown): unknown;
export function inDoubt(error: unknown): unknown {
  return error instanceof OperationError && wasNeverSent(error) ? error : doubtful(error);
}

/** What comes after a change and tells of it: that it fails, or is never sent, does not undo the change. */
export async function afterChange<T>(telling: Promise<T>): Promise<T> {
  try {
    return await telling;
  } catch (error) {
    throw doubtful(error);
  }
}

function doubtful(error: unknown): unknown {
  if (!(error instanceof OperationError) || (error.kind !== 'unavailable' && error.kind !== 'deadline')) return error;
  const { kind, details } = error;
  // whoever is nearer to the change knows more of it
  if (details.retryable === false) return error;
  const message = error.message.replace(advice, '').replace(/\.$/, '');
  const words = `${message}; whether the change was made is not known, so look before you repeat it`;
  const { retryAfterMs: _, ...rest } = details;
  const told = { ...rest, retryable: false };
  const options = { cause: error };
  return error instanceof UnavailableError
    ? new UnavailableError(error.sign, words, told, options)
    : new OperationError(kind, words, told, options);
}
