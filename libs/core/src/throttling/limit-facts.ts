import { limitNames, type LimitFacts } from '#libs/kit';
import type { Account } from './account.js';
import { asWritten } from './budget.js';

/** What is left of each limit of an account that is on. */
export function factsOf(account: Account, now: number): LimitFacts[] {
  const { holder, budget, running } = account;
  return limitNames
    .filter((name) => budget[name] > 0)
    .map((name) => {
      const limit = budget[name];
      const window = name === 'concurrency' ? undefined : account.window(name);
      return {
        name,
        ...(holder.scope === 'team' && { team: holder.name }),
        limit: asWritten(name, limit),
        remaining: asWritten(name, Math.max(0, limit - (window?.used(now) ?? running))),
        resetMs: window?.resetMs(now) ?? 0,
      };
    });
}
