import { OperationError } from './operation-error.js';

/** Of what was asked to change something and did not answer: nobody is to repeat it unseen. */
export function inDoubt(error: OperationError): OperationError {
  const { kind, message, details } = error;
  if (details.retryable === false) return error;
  const { retryAfterMs: _, ...rest } = details;
  const words = `${message.replace(/\.$/, '')}; whether it took effect is not known, so look before you repeat it`;
  return new OperationError(kind, words, { ...rest, retryable: false }, { cause: error });
}
