import type { Account, ToldBudget } from './account.js';
import { isMoney, type Budget, type WindowName } from './budget.js';

/** In the order in which they are told where equally much is left. */
const told: readonly [limit: WindowName, name: string][] = [
  ['perMinute', 'minute'],
  ['perHour', 'hour'],
  ['tokensPerDay', 'tokens'],
  ['tokensPerMonth', 'tokens-month'],
  ['costPerDay', 'cost'],
  ['costPerMonth', 'cost-month'],
];

/** The headers know whole numbers only: money is told in millionths of the currency. */
const UNITS_TOLD = 1_000;

/** Most callers have the same budget, and so the same text. */
const ofCallers = new WeakMap<Budget, ToldBudget>();

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `q` units in `w` seconds, of which `r`
 * are left and more come in `t` seconds. The tightest stands first; of a team, after those of its caller.
 */
export function rateLimitHeaders(accounts: readonly Account[], now: number): Record<string, string> {
  let policy = '';
  let left = '';
  for (const account of accounts) {
    if (account.budget.on.length === 0) continue;
    const told = toldOf(account);
    policy = joined(policy, told.policy);
    left = joined(left, leftOf(account, told, now));
  }
  return policy === '' ? {} : { 'ratelimit-policy': policy, ratelimit: left };
}

function leftOf(account: Account, { items }: ToldBudget, now: number): string {
  const { budget } = account;
  let text = '';
  let least = Infinity;
  for (const { limit, start, unit } of items) {
    const window = account.window(limit);
    const left = Math.floor(Math.max(0, budget[limit] - window.used(now)) / unit);
    const item = `${start}${left};t=${Math.ceil(window.resetMs(now) / 1_000)}`;
    text = left < least ? joined(item, text) : joined(text, item);
    least = Math.min(least, left);
  }
  return text;
}

function toldOf(account: Account): ToldBudget {
  const { budget, holder, told: known } = account;
  if (known?.of === budget) return known;
  if (holder.scope !== 'caller') return (account.told = write(account));
  let shared = ofCallers.get(budget);
  if (!shared) ofCallers.set(budget, (shared = write(account)));
  return (account.told = shared);
}

function write(account: Account): ToldBudget {
  const { budget, holder } = account;
  const prefix = holder.scope === 'caller' ? '' : `${holder.scope}-`;
  const items = told
    .filter(([limit]) => budget[limit] > 0)
    .map(([limit, name]) => ({ limit, name: `"${prefix}${name}"`, unit: isMoney(limit) ? UNITS_TOLD : 1 }));
  const policies = items.map(({ limit, name, unit }) => {
    const seconds = Math.ceil(account.lengthOf(limit) / 1_000);
    return `${name};q=${Math.floor(budget[limit] / unit)};w=${seconds}${quotaUnitOf(limit)}`;
  });
  return {
    of: budget,
    policy: policies.join(', '),
    items: items.map(({ limit, name, unit }) => ({ limit, start: `${name};r=`, unit })),
  };
}

function quotaUnitOf(limit: WindowName): string {
  if (isMoney(limit)) return ';qu="millionths"';
  return limit.startsWith('tokens') ? ';qu="tokens"' : '';
}

function joined(before: string, more: string): string {
  if (before === '') return more;
  return more === '' ? before : `${before}, ${more}`;
}
