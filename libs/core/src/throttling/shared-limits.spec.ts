import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError, type Caller, type CallerBudget } from '#libs/kit';
import type { AuditSettings } from '../observability/audit/audit.settings.js';
import type { PastSpending, Spent } from '../observability/audit/past-spending.js';
import { prices } from '../observability/audit/prices.js';
import { CallLimits } from './call-limits.js';
import { EarlierSpending } from './earlier-spending.js';
import { limitDocument } from './limit-document.js';
import { alone } from './testing/alone.js';
import type { ThrottlingSettings } from './throttling.settings.js';
import type { LimitedOperation, WaitingCall } from './waiter.js';

const buy: LimitedOperation = { id: 'shop.buy', service: 'shop', name: 'buy' };
const find: LimitedOperation = { id: 'shop.find', service: 'shop', name: 'find' };
const HOUR_MS = 3_600_000;

let settings: { -readonly [K in keyof ThrottlingSettings]: ThrottlingSettings[K] };
let audit: { -readonly [K in keyof AuditSettings]?: AuditSettings[K] };
/** What the audit knows of the time before, or what keeps it from telling. */
let past: () => Promise<Spent[]>;
let limits: CallLimits;

function make(document: object): void {
  settings = {
    maxRequestsPerMinute: 0,
    rateLimitWindowMs: 60_000,
    maxRequestsPerHour: 0,
    maxConcurrentCalls: 0,
    maxTokensPerDay: 0,
    limits: limitDocument.parse(document),
  } as ThrottlingSettings;
  const source = { mark: () => ({ replica: 'here', seq: 0 }), of: () => past() } as unknown as PastSpending;
  limits = new CallLimits(
    settings,
    new EarlierSpending(source, audit as AuditSettings, settings),
    audit as AuditSettings,
    ...alone(),
  );
}

beforeEach(() => {
  // not intervals: those who tidy up twice a second would run millions of times in a month
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  audit = {};
  past = async () => [];
  return () => vi.useRealTimers();
});

const callerOf = (id: string, { team, ...own }: CallerBudget & { team?: string } = {}): Caller => ({
  id,
  kind: 'key',
  subject: id,
  permissions: ['read'],
  limits: own,
  ...(team !== undefined && { team }),
});

function begin(
  id: string | Caller,
  operation = buy,
): { waiting: void | Promise<void>; call: WaitingCall; end(): void } {
  const call = { remainingMs: 30_000, signal: new AbortController().signal };
  const waiting = limits.admit(typeof id === 'string' ? callerOf(id) : id, operation, call);
  return { waiting, call, end: () => limits.leave(call) };
}

/** Runs a call to its end, with what it spends; answers the limit that refuses it. */
async function run(caller: string | Caller, tokens = 0, operation = buy): Promise<string> {
  const who = typeof caller === 'string' ? callerOf(caller) : caller;
  try {
    const { waiting, end } = begin(who, operation);
    await waiting;
    limits.spend(who, operation, tokens);
    end();
    return 'ok';
  } catch (error) {
    const { scope, limit } = (error as OperationError).details;
    return `${String(scope)} ${String(limit)}`;
  }
}

describe('places', () => {
  it('of a service are given to those who wait first in first out, whoever they are', async () => {
    make({ services: { shop: { concurrency: 1 } } });
    const first = begin('a');
    const order: string[] = [];
    const others = ['b', 'a', 'c'].map((id) => {
      const one = begin(id, find);
      void one.waiting!.then(() => order.push(id));
      return one;
    });
    first.end();
    for (const { waiting, end } of others) {
      await waiting;
      end();
    }
    expect(order).toEqual(['b', 'a', 'c']);
  });

  it('are waited for one after another by a call that lacks several, which holds none meanwhile', async () => {
    make({ operations: { 'shop.buy': { concurrency: 1 }, 'shop.find': { concurrency: 1 } } });
    const busy = callerOf('a', { concurrency: 1 });
    const finding = begin(busy, find);
    const buying = begin('b', buy);
    let isIn = false;
    const waiting = begin(busy, buy);
    void waiting.waiting!.then(() => (isIn = true));
    finding.end();
    await vi.advanceTimersByTimeAsync(1);
    expect(isIn).toBe(false);
    // neither the caller nor the operation is blocked by the one that waits elsewhere
    const again = begin(busy, find);
    expect(again.waiting).toBeUndefined();
    again.end();
    buying.end();
    await waiting.waiting;
    expect(isIn).toBe(true);
  });

  it('are all given back, and what was waited for in vain is named', async () => {
    make({ teams: { t: { concurrency: 1 } } });
    const first = begin(callerOf('a', { team: 't' }));
    const second = begin(callerOf('b', { team: 't' }));
    const outcome = expect(second.waiting).rejects.toMatchObject({
      details: { limit: 'concurrency', scope: 'team', of: 't', allowed: 1, used: 1 },
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await outcome;
    first.end();
    expect(begin(callerOf('b', { team: 't' })).waiting).toBeUndefined();
  });

  it('that nobody needs any more let those in who wait, when somebody calls', async () => {
    make({ services: { shop: { concurrency: 1 } } });
    begin('a');
    const waiting = begin('b');
    settings.limits = limitDocument.parse({ services: { shop: { concurrency: 2 } } });
    const third = begin('c');
    await waiting.waiting;
    expect(third.waiting).toBeInstanceOf(Promise);
  });
});

describe('what is refused', () => {
  it('takes nothing from any account, whichever refuses: none is ever over, and the sums agree', async () => {
    const bound = fc.integer({ min: 1, max: 6 });
    const calls = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(buy, find)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(bound, bound, bound, bound, calls, async (own, team, service, operation, made) => {
        make({
          teams: { t: { perHour: team } },
          services: { shop: { perHour: service } },
          operations: { '*': { perHour: operation } },
        });
        const passed: [string, LimitedOperation][] = [];
        for (const [id, of] of made) {
          const caller = callerOf(id, { perHour: own, ...(id !== 'c' && { team: 't' }) });
          const count = (fits: (each: [string, LimitedOperation]) => boolean) => passed.filter(fits).length;
          const fits =
            count(([each]) => each === id) < own &&
            (id === 'c' || count(([each]) => each !== 'c') < team) &&
            passed.length < service &&
            count(([, each]) => each === of) < operation;
          expect((await run(caller, 0, of)) === 'ok').toBe(fits);
          if (fits) passed.push([id, of]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what was spent', () => {
  const month = { services: { shop: { tokensPerMonth: 1_000 } } };

  it('before the start counts, until it is as old as the budget is long', async () => {
    past = async () => [
      { time: Date.now() - 29 * 24 * HOUR_MS, tokens: 700, cost: 0 },
      { time: Date.now() - HOUR_MS, tokens: 400, cost: 0 },
    ];
    make(month);
    expect(await run('a')).toBe('service tokensPerMonth');
    vi.advanceTimersByTime(24 * HOUR_MS - 1);
    expect(await run('a')).toBe('service tokensPerMonth');
    vi.advanceTimersByTime(1);
    expect(await run('a', 700)).toBe('ok');
    expect(await run('b')).toBe('service tokensPerMonth');
  });

  it('in a time that has not come yet, by a clock that was put back, counts as spent now', async () => {
    past = async () => [{ time: Date.now() + 5 * HOUR_MS, tokens: 1_000, cost: 0 }];
    make(month);
    expect(await run('a')).toBe('service tokensPerMonth');
    vi.advanceTimersByTime(30 * 24 * HOUR_MS);
    expect(await run('a')).toBe('ok');
  });

  it('is asked for again after a while where the store is away; meanwhile what comes counts', async () => {
    past = () => Promise.reject(new OperationError('unavailable', 'The store is away'));
    make(month);
    expect(await run('a', 600)).toBe('ok');
    past = async () => [{ time: Date.now() - HOUR_MS, tokens: 500, cost: 0 }];
    expect(await run('a')).toBe('ok');
    vi.advanceTimersByTime(5_000);
    expect(await run('a')).toBe('service tokensPerMonth');
  });

  it('is not waited for longer than two seconds', async () => {
    past = () => new Promise(() => undefined);
    make(month);
    const outcome = run('a');
    await vi.advanceTimersByTimeAsync(1_999);
    const { waiting } = begin('b');
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe('ok');
    await vi.advanceTimersByTimeAsync(2_000);
    await waiting;
  });

  it('lets no call in whose client has left while it was asked for', async () => {
    let tell: (spent: Spent[]) => void = () => undefined;
    past = () => new Promise((resolve) => (tell = resolve));
    make({ services: { shop: { tokensPerDay: 10, concurrency: 1 } } });
    const controller = new AbortController();
    const waiting = limits.admit(callerOf('a'), buy, { remainingMs: 30_000, signal: controller.signal });
    const outcome = expect(waiting).rejects.toThrow('gone');
    controller.abort(new OperationError('failed', 'gone'));
    tell([]);
    await outcome;
    expect(begin('b').waiting).toBeUndefined();
  });

  it('costs what the prices say, and is counted anew when they change', async () => {
    audit.prices = prices.parse({ perMillionTokens: 1_000, operations: { 'shop.buy': { perCall: 0.1 } } });
    make({ teams: { t: { costPerDay: 1 } } });
    const one = callerOf('a', { team: 't' });
    expect(await run(one, 500)).toBe('ok');
    expect(await run(one, 300, find)).toBe('ok');
    expect(limits.factsFor(one)).toEqual([
      { team: 't', name: 'costPerDay', limit: 1, remaining: 0.1, resetMs: 24 * HOUR_MS },
    ]);
    expect(await run(one, 0)).toBe('ok');
    expect(await run(one)).toBe('team costPerDay');
    audit.prices = prices.parse({});
    past = async () => [{ time: Date.now(), tokens: 800, cost: 0 }];
    expect(await run(one)).toBe('ok');
  });

  it('by a budget in money is nothing where there are no prices, which the log is told once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    make({ services: { shop: { costPerDay: 0.01 } } });
    for (let i = 0; i < 3; i += 1) expect(await run('a', 1_000_000)).toBe('ok');
    expect(warn.mock.calls).toEqual([
      ['The budget in money of the service shop limits nothing: there are no prices (MCP_PRICES)'],
    ]);
    warn.mockRestore();
  });

  it('of a budget that was taken away is no news to those who watch budgets', async () => {
    make(month);
    await run('a', 990);
    const watched = () => [...limits.all()].filter(({ budget }) => budget.days > 0).map(({ holder }) => holder);
    expect(watched()).toEqual([{ scope: 'service', name: 'shop' }]);
    settings.limits = limitDocument.parse({});
    await run('a');
    expect(watched()).toEqual([]);
  });
});
