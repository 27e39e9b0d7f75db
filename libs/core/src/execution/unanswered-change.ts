import type { OperationError } from '#libs/kit';
import { AnswerLostError, inDoubt } from '#libs/outbound';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import type { CallContext } from './call-context.js';

/**
 * The error of a call as its caller is told it: where an operation has begun and ended without an answer, it may have had
 * its effect. Those that read, or that may be done twice, can be repeated all the same.
 */
export function asUnanswered(error: OperationError, operation?: CatalogOperation, call?: CallContext): OperationError {
  if (call?.hasBegun !== true || !operation || operation.permission === 'read') return error;
  const { readOnly, idempotent } = operation.annotations;
  if (readOnly === true || idempotent === true) return error;
  return error.kind === 'deadline' || error instanceof AnswerLostError ? inDoubt(error) : error;
}
