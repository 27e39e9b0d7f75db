import { OperationError, type ErrorDetails } from '#libs/kit';

/**
 * What an error tells of a back end: that it was not reached, that it has answered all the same, or that it was not even
 * asked.
 */
export type BackEndSign = 'away' | 'answered' | 'unasked';

/** `unavailable` may have other reasons than that a back end was not reached; this one knows. */
export class UnavailableError extends OperationError {
  constructor(
    readonly sign: BackEndSign,
    message: string,
    details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super('unavailable', message, details, options);
  }
}

/** Undefined where an error tells nothing of the back end. */
export function signIn(error: unknown): BackEndSign | undefined {
  if (error instanceof UnavailableError) return error.sign;
  return error instanceof OperationError && error.kind === 'unavailable' ? 'away' : undefined;
}
