/** Attempts after the first. */
export const MAX_RETRIES = 2;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** A server that asks for more patience than this is not asked again. */
const MAX_RETRY_AFTER_MS = 10_000;

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const passing = new Set([429, 502, 503, 504]);

/** RFC 9110, 9.2.2: sent twice, they do what they do once. */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}

/** Whether a status says that the same request may succeed soon. */
export function isPassing(status: number): boolean {
  return passing.has(status);
}

/**
 * Milliseconds to wait before the retry number `retry`, counted from 0: what the server asked for by `Retry-After`, or
 * else a random part of a time that doubles. Undefined where the server asked for more than is waited.
 */
export function waitBefore(retry: number, retryAfter?: string | string[]): number | undefined {
  const asked = retryAfterMs(retryAfter);
  if (asked !== undefined) return asked <= MAX_RETRY_AFTER_MS ? asked : undefined;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** retry);
  return longest * (0.5 + Math.random() / 2);
}

/** `Retry-After` in milliseconds from now: seconds, or an HTTP date. Undefined where it is neither. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
