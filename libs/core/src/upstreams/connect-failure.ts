import { OperationError } from '#libs/kit';
import { AuthorizationNeeded } from './auth/credential.js';
import { UpstreamError, type ConnectFailure, type ConnectionEnd } from './connection.js';
import { NoCommonRevision } from './handshake.js';
import { RefusedByStatus } from './http-address.js';
import { isSessionLost } from './http-exchange.js';

/** Whether the server was there and did not know what was asked, so that the other era may be its own. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AuthorizationNeeded) return false;
  if (error instanceof UpstreamError || error instanceof NoCommonRevision) return true;
  if (error instanceof RefusedByStatus) {
    return ![401, 403, 429, 502, 503, 504].includes(error.status);
  }
  // it answered with nothing, or with no message, or not in time
  return error instanceof OperationError ? error.kind === 'failed' : (error as Error).name === 'TimeoutError';
}

/** What is thrown when a connection can't be opened: the reason of `signal` where that ended it. */
export function connectFailure(error: unknown, name: string, signal: AbortSignal): Error | ConnectFailure {
  if (signal.aborted && error === signal.reason) return error as Error;
  if (error instanceof OperationError) {
    return Object.assign(error, { stage: stageOf(error) });
  }
  const said = error instanceof UpstreamError ? `: ${error.message.slice(0, 200)}` : '';
  const refused = new OperationError('unavailable', `The upstream ${name} refused to open a conversation${said}`);
  return Object.assign(refused, { stage: 'handshake' } as const);
}

function stageOf(error: OperationError): ConnectionEnd['stage'] {
  if (isSessionLost(error)) return 'session';
  return error instanceof NoCommonRevision || error instanceof RefusedByStatus ? 'handshake' : 'transport';
}
