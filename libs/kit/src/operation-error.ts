/**
 * Why a call did not succeed. Services and core throw kinds; each door has one table that turns a kind into its own
 * code and status.
 */
export type ErrorKind =
  | 'invalid'
  | 'internal'
  | 'unauthenticated'
  | 'forbidden'
  | 'limited'
  | 'too-large'
  | 'unknown'
  | 'not-configured'
  | 'unavailable'
  | 'deadline'
  | 'failed'
  | 'not-approved';

/** One bad field of an input: where it is, what was expected there, and what came. */
export interface InputIssue {
  path: string;
  expected: string;
  got: string;
}

/** What a caller may know besides the message. Known members by kind; a service may add its own. */
export interface ErrorDetails {
  /** invalid */
  issues?: InputIssue[];
  /** unknown: near names, among those the caller may see */
  didYouMean?: string[];
  /** forbidden: the permission that was missing */
  permission?: string;
  /** forbidden: the rule of the policy that refuses */
  rule?: string;
  /** not-configured: the variables to set */
  missing?: string[];
  /** unavailable: whether the same call may succeed later */
  retryable?: boolean;
  /** limited, unavailable: when to try again, in milliseconds */
  retryAfterMs?: number;
  [more: string]: unknown;
}

/**
 * The one error family. `message` is shown to the caller: it says what was wrong and what to do next, and never holds a
 * secret, a server path or a host name. What only the operator may see goes into `cause`, which is logged.
 */
export class OperationError extends Error {
  override readonly name = 'OperationError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** An `invalid` error about a single field. */
export function invalidField(path: string, expected: string, got: string): OperationError {
  return new OperationError('invalid', `${path}: expected ${expected}, got ${got}`, {
    issues: [{ path, expected, got }],
  });
}
