import type { OperationError } from '#libs/kit';
import type { Account } from './account.js';
import { asWritten, isMoney, type WindowName } from './budget.js';
import { limitedWith } from './limited.js';

/** Nobody knows when a running call ends. */
const RETRY_PLACE_MS = 1_000;
const MINUTE_MS = 60_000;

const spans: Record<Exclude<WindowName, 'perMinute'>, string> = {
  perHour: 'an hour',
  tokensPerDay: '24 hours',
  costPerDay: '24 hours',
  tokensPerMonth: '30 days',
  costPerMonth: '30 days',
};

/** What a call is refused with that is over a limit of an account. */
export function overLimit(
  account: Account,
  limit: WindowName,
  retryAfterMs: number,
  used: number,
  currency: string,
): OperationError {
  const allowed = asWritten(limit, account.budget[limit]);
  const span = limit === 'perMinute' ? minuteOf(account) : spans[limit];
  const spent = asWritten(limit, used);
  const what = `${whoOf(account)} ${usedUp(account, limit, spent, allowed, currency)} that it may in ${span}`;
  return refusal(account, limit, what, allowed, spent, retryAfterMs);
}

/** What a call is refused with for which an account has no place. */
export function noPlace(account: Account): OperationError {
  const { concurrency } = account.budget;
  const what = `${whoOf(account)} has ${callsOf(concurrency)}${shareOf(account)} running, which is as many as it may have at once`;
  return refusal(account, 'concurrency', what, concurrency, account.running, RETRY_PLACE_MS);
}

function refusal(
  account: Account,
  limit: WindowName | 'concurrency',
  what: string,
  allowed: number,
  used: number,
  retryAfterMs: number,
): OperationError {
  const { scope, name, caller } = account.holder;
  const isShared = scope === 'service' || scope === 'operation';
  const elsewhere = isShared ? `. Calls of other ${scope}s don’t count towards it` : '';
  const of = scope === 'caller' ? '' : ` of the ${scope} ${name}${caller === undefined ? '' : ' for each caller'}`;
  const whose = scope === 'caller' ? account.subject : name;
  const details = {
    limit,
    scope,
    of: whose,
    allowed,
    used,
    retryAfterMs,
    ...(isShared && { eachCaller: caller !== undefined }),
  };
  return limitedWith(`${what}${elsewhere}`, `${limit}${of}`, details);
}

function usedUp(account: Account, limit: WindowName, used: number, allowed: number, currency: string): string {
  const share = shareOf(account);
  if (isMoney(limit)) return `has spent ${used} of the ${allowed} ${currency}${share}`;
  if (limit === 'perMinute' || limit === 'perHour')
    return `has ${isCalled(account) ? 'had' : 'made'} the ${callsOf(allowed)}${share}`;
  return `has used ${used} of the ${allowed} tokens of answers${share}`;
}

function callsOf(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

/** A service and an operation are called, whereas a team and a caller call. */
function isCalled({ holder: { scope, caller } }: Account): boolean {
  return caller === undefined && scope !== 'team';
}

function whoOf({ holder: { scope, name, caller }, subject }: Account): string {
  return caller === undefined ? `The ${scope} ${name}` : subject;
}

/** Of one caller's share: what it is a share of. */
function shareOf({ holder: { scope, name, caller } }: Account): string {
  return caller === undefined || scope === 'caller' ? '' : ` of the ${scope} ${name}`;
}

function minuteOf(account: Account): string {
  const ms = account.lengthOf('perMinute');
  return ms === MINUTE_MS ? 'a minute' : `${ms / 1_000} s`;
}
