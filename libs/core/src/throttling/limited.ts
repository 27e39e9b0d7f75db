import { OperationError } from '#libs/kit';

/** Which limit a refusal is about. */
type LimitName =
  | 'perMinute'
  | 'perHour'
  | 'concurrency'
  | 'tokensPerDay'
  | 'authFailuresPerMinute'
  | 'addressRequestsPerMinute'
  | 'adminChangesPerMinute'
  | 'messagesPerSecond';

/** The error of every limit: what was used up, when to try again and whom to ask. */
export function limited(what: string, limit: LimitName, allowed: number, retryAfterMs: number): OperationError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new OperationError(
    'limited',
    `${what}. Try again in ${seconds} s, or ask an admin of this gateway for a higher limit (${limit}).`,
    { limit, allowed, retryAfterMs },
  );
}
