import { Logger } from '@nestjs/common';
import { beforeEach, expect, it, vi } from 'vitest';
import type { AuditSettings } from '../observability/audit/audit.settings.js';
import type { PastSpending, Spent } from '../observability/audit/past-spending.js';
import { Account } from './account.js';
import { budgetOf } from './budget.js';
import { EarlierSpending } from './earlier-spending.js';
import { wholeMs } from './sliding-window.js';
import type { ThrottlingSettings } from './throttling.settings.js';

/** What the audit knows, of this replica and of others, or what keeps it from telling. */
let past: () => Promise<Spent[]>;
let asked = 0;
let account: Account;

const source = {
  mark: () => ({ replica: 'here', seq: 0 }),
  of: () => {
    asked += 1;
    return past();
  },
};
const earlier = new EarlierSpending(source as unknown as PastSpending, {} as AuditSettings, {} as ThrottlingSettings);

beforeEach(() => {
  vi.useFakeTimers();
  const silence = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  asked = 0;
  account = new Account({ scope: 'caller', name: '', caller: 'agent' }, 60_000);
  account.budget = budgetOf({ tokensPerDay: 1_000 });
  return () => {
    silence.mockRestore();
    vi.useRealTimers();
  };
});

const spent = (tokens: number) => async () => [{ time: Date.now(), tokens, cost: 0 }];
const away = () => Promise.reject(new Error('The store is away'));
const used = () => account.window('tokensPerDay').used(wholeMs());
const spend = (tokens: number) => account.spend(tokens, 0, wholeMs());
const call = () => earlier.of([account], wholeMs());

it('is asked for again, every five seconds, where it could not be read anew', async () => {
  past = spent(100);
  await call();
  spend(10);
  past = away;
  await earlier.readAnew(account);
  spend(20);
  expect([used(), call(), asked]).toEqual([130, undefined, 2]);

  await vi.advanceTimersByTimeAsync(5_000);
  await call();
  expect([used(), call(), asked]).toEqual([130, undefined, 3]);

  // what others have spent too, and all of the above
  past = spent(400);
  await vi.advanceTimersByTimeAsync(5_000);
  const reading = call();
  spend(1);
  await reading;
  expect([used(), call(), asked]).toEqual([401, undefined, 4]);
});

it('keeps nothing in memory of what is spent while it can’t be read', async () => {
  past = spent(100);
  await call();
  past = away;
  await earlier.readAnew(account);
  spend(50);
  // would count it again
  account.fillAnew(() => undefined);
  expect(used()).toBe(0);
});
