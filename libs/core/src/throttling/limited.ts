import { OperationError } from '#libs/kit';
import type { WindowName } from './budget.js';

/** Which limit a refusal is about. */
export type LimitName =
  | WindowName
  | 'concurrency'
  | 'authFailuresPerMinute'
  | 'addressRequestsPerMinute'
  | 'adminChangesPerMinute'
  | 'messagesPerSecond';

const SECOND_MS = 1_000;
const longer: readonly [name: string, ms: number][] = [
  ['days', 24 * 3_600_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
];
/** Of a unit, from which on time is told in it. */
const FEWEST = 3;

/** The error of every limit: what was used up, when to try again and whom to ask. */
export function limited(what: string, limit: LimitName, allowed: number, retryAfterMs: number): OperationError {
  return limitedWith(what, limit, { limit, allowed, retryAfterMs });
}

/** The same with details of its own; `name` says which limit would have to be higher. */
export function limitedWith(
  what: string,
  name: string,
  details: { limit: LimitName; allowed: number; retryAfterMs: number },
): OperationError {
  const again = spanOf(details.retryAfterMs);
  return new OperationError(
    'limited',
    `${what}. Try again in ${again}, or ask an admin of this gateway for a higher limit (${name}).`,
    { ...details },
  );
}

/** A time to wait, rounded up. */
function spanOf(ms: number): string {
  const unit = longer.find(([, unitMs]) => ms >= FEWEST * unitMs);
  return unit ? `${Math.ceil(ms / unit[1])} ${unit[0]}` : `${Math.ceil(ms / SECOND_MS)} s`;
}
