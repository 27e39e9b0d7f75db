import { OperationError, type ErrorDetails, type ErrorKind } from '#libs/kit';

/** A refusal that belongs to HTTP or JSON-RPC itself and therefore carries a status and a code of its own. */
export class ProtocolError extends OperationError {
  constructor(
    kind: ErrorKind,
    message: string,
    /** HTTP status at every door. */
    readonly status: number,
    readonly code: number,
    details: ErrorDetails = {},
  ) {
    super(kind, message, details);
  }
}

export const parseError = (reason: string) => new ProtocolError('invalid', `Not JSON: ${reason}`, 400, -32700);

export const invalidRequest = (reason: string, status = 400) => new ProtocolError('invalid', reason, status, -32600);

/** Something with that name is there already, or the change would break what must hold. */
export const conflict = (message: string) => new ProtocolError('failed', message, 409, -32018);

export const tooLarge = (reason: string) =>
  new ProtocolError('too-large', `The request is refused: ${reason}`, 413, -32013);
