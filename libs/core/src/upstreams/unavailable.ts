import { OperationError } from '#libs/kit';

/** What a caller is told while an upstream can't be used. */
export function unavailable(upstream: string, reason: string, retryAfterMs?: number): OperationError {
  const isRetryable = retryAfterMs !== undefined;
  const again = isRetryable ? `; it is tried again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s` : '';
  const namesIt = reason.includes(`upstream ${upstream}`);
  const what = namesIt ? reason.replace(/\.$/, '') : `The upstream ${upstream} can't be used: ${reason}`;
  return new OperationError('unavailable', `${what}${again}`, {
    retryable: isRetryable,
    ...(isRetryable && { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) }),
  });
}

/** Of one that is being restarted, has been changed or is gone: the next call finds out which. */
export function stopped(upstream: string): OperationError {
  return unavailable(upstream, 'the gateway has stopped it', 1_000);
}
