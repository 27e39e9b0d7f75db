import type { OperationError, RealtimeError } from '#libs/kit';
import { faceOf } from '../../errors/error-table.js';

export function realtimeError(error: OperationError): RealtimeError {
  const { kind, message, details } = error;
  return { code: faceOf(error).code, kind, message, ...(Object.keys(details).length > 0 && { details }) };
}
