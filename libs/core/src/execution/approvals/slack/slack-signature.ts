import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a request may be, either way. */
export const MAX_AGE_SECONDS = 300;

/**
 * Whether Slack signed this body at this time (version v0: HMAC-SHA-256 of "v0:<timestamp>:<body>").
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isSigned(
  secret: string,
  body: Buffer,
  timestamp: unknown,
  signature: unknown,
  now = Date.now(),
): boolean {
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp) || typeof signature !== 'string') return false;
  if (Math.abs(now / 1_000 - Number(timestamp)) > MAX_AGE_SECONDS) return false;
  const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  const [expected, given] = [Buffer.from(`v0=${hmac}`), Buffer.from(signature)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
