import { OperationError } from '#libs/kit';
import { wasNeverSent } from '#libs/outbound';
import { AuthorizationNeeded } from './auth/credential.js';
import { SessionLost } from './http-exchange.js';

/** Whether an error says that an upstream has done nothing of what it was asked for: it was not sent, or turned away. */
export function wasNotTaken(error: unknown): boolean {
  if (error instanceof SessionLost || error instanceof AuthorizationNeeded) return true;
  return error instanceof OperationError && wasNeverSent(error);
}
