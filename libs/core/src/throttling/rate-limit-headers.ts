import type { Account } from './account.js';
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

const policies = new WeakMap<Account, { of: Budget; text: string }>();

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `q` units in `w` seconds, of which `r`
 * are left and more come in `t` seconds. The tightest stands first; of a team, after those of its caller.
 */
export function rateLimitHeaders(accounts: readonly Account[], now: number): Record<string, string> {
  const policy = accounts.map((account) => policyOf(account)).filter((text) => text !== '');
  if (policy.length === 0) return {};
  const left = accounts.map((account) => leftOf(account, now)).filter((text) => text !== '');
  return { 'ratelimit-policy': policy.join(', '), ratelimit: left.join(', ') };
}

function leftOf(account: Account, now: number): string {
  const { budget } = account;
  const prefix = prefixOf(account);
  let text = '';
  let least = Infinity;
  for (const [limit, name] of told) {
    const allowed = budget[limit];
    if (allowed === 0) continue;
    const window = account.window(limit);
    const left = whole(limit, Math.max(0, allowed - window.used(now)));
    const item = `"${prefix}${name}";r=${left};t=${Math.ceil(window.resetMs(now) / 1_000)}`;
    if (text === '') text = item;
    else text = left < least ? `${item}, ${text}` : `${text}, ${item}`;
    least = Math.min(least, left);
  }
  return text;
}

/** Written once for each set of numbers. */
function policyOf(account: Account): string {
  const { budget } = account;
  const known = policies.get(account);
  if (known && told.every(([limit]) => known.of[limit] === budget[limit])) return known.text;
  const text = told
    .filter(([limit]) => budget[limit] > 0)
    .map(([limit, name]) => {
      const window = `w=${Math.ceil(account.lengthOf(limit) / 1_000)}`;
      return `"${prefixOf(account)}${name}";q=${whole(limit, budget[limit])};${window}${unitOf(limit)}`;
    })
    .join(', ');
  policies.set(account, { of: budget, text });
  return text;
}

function prefixOf({ holder }: Account): string {
  return holder.scope === 'caller' ? '' : `${holder.scope}-`;
}

function whole(limit: WindowName, units: number): number {
  return isMoney(limit) ? Math.floor(units / UNITS_TOLD) : units;
}

function unitOf(limit: WindowName): string {
  if (isMoney(limit)) return ';qu="millionths"';
  return limit.startsWith('tokens') ? ';qu="tokens"' : '';
}
