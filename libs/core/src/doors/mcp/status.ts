import type { OperationError } from '#libs/kit';
import { ProtocolError } from '../../errors/protocol-error.js';

/** Errors of calls stand in an answer with status 200, where clients look for them; those of the protocol bring a status. */
export function statusOf(error: OperationError): number {
  return error instanceof ProtocolError ? error.status : 200;
}
