import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError, type Caller, type CallerBudget } from '#libs/kit';
import { CallLimits } from './call-limits.js';
import type { AuditSettings } from '../observability/audit/audit.settings.js';
import type { PastSpending } from '../observability/audit/past-spending.js';
import type { ThrottlingSettings } from './throttling.settings.js';
import { EarlierSpending } from './earlier-spending.js';
import { limitDocument } from './limit-document.js';
import { alone } from './testing/alone.js';
import type { LimitedOperation, WaitingCall } from './waiter.js';

const defaults = {
  maxRequestsPerMinute: 10,
  rateLimitWindowMs: 60_000,
  maxRequestsPerHour: 0,
  maxConcurrentCalls: 0,
  maxTokensPerDay: 0,
  limits: limitDocument.parse({}),
  maxAuthFailuresPerMinute: 0,
  blockAfterAuthFailures: 0,
  blockWindowMs: 600_000,
  blockMs: 3_600_000,
  maxAddressRequestsPerMinute: 0,
  maxAdminChangesPerMinute: 0,
};

class Call implements WaitingCall {
  private readonly controller = new AbortController();
  constructor(readonly remainingMs = 30_000) {}
  get signal(): AbortSignal {
    return this.controller.signal;
  }
  leave(): void {
    this.controller.abort(new OperationError('failed', 'The client left'));
  }
}

const callerWith = (limits?: CallerBudget, id = 'agent'): Caller => ({
  id,
  kind: 'key',
  subject: 'An agent',
  permissions: ['read'],
  ...(limits && { limits }),
});

let settings: { -readonly [K in keyof ThrottlingSettings]: ThrottlingSettings[K] };
let limits: CallLimits;
let audit: { -readonly [K in keyof AuditSettings]?: AuditSettings[K] };
/** What the audit knows of the time before. */
let past: Pick<PastSpending, 'mark' | 'of'>;

function makeLimits(): CallLimits {
  const auditSettings = audit as AuditSettings;
  return new CallLimits(
    settings,
    new EarlierSpending(past as PastSpending, auditSettings, settings),
    auditSettings,
    ...alone(),
  );
}

const operation: LimitedOperation = { id: 'shop.buy', service: 'shop', name: 'buy' };

beforeEach(() => {
  vi.useFakeTimers();
  settings = { ...defaults };
  audit = {};
  past = { mark: () => ({ replica: 'here', seq: 0 }), of: async () => [] };
  limits = makeLimits();
});
afterEach(() => vi.useRealTimers());

/** Runs a call to its end: `ok`, or what it was refused with. */
function run(caller: Caller): 'ok' | OperationError {
  const call = new Call();
  try {
    void limits.admit(caller, operation, call);
    limits.leave(call);
    return 'ok';
  } catch (error) {
    return error as OperationError;
  }
}

/** The first call of a caller with a budget: what it spent before is known when it runs. */
async function runFirst(caller: Caller, of = operation): Promise<void> {
  const call = new Call();
  await limits.admit(caller, of, call);
  limits.leave(call);
}

const passed = (caller: Caller, times: number) =>
  Array.from({ length: times }, () => run(caller)).filter((outcome) => outcome === 'ok').length;
const refusal = (caller: Caller) => run(caller) as OperationError;
const left = (caller: Caller) =>
  Object.fromEntries(limits.factsFor(caller).map(({ name, remaining }) => [name, remaining]));

describe('budgets', () => {
  it('let exactly as many calls through as they say, and each caller has its own', () => {
    expect(passed(callerWith(), 15)).toBe(10);
    expect(passed(callerWith(undefined, 'another'), 15)).toBe(10);
  });

  it('are one for all that is known under one id', () => {
    passed(callerWith(), 6);
    expect(passed({ ...callerWith(), permissions: ['*'] }, 10)).toBe(4);
  });

  it('tell what was used up, when to try again and whom to ask', () => {
    passed(callerWith(), 10);
    vi.advanceTimersByTime(20_000);
    const error = refusal(callerWith());
    expect(error.kind).toBe('limited');
    expect(error.details).toEqual({
      limit: 'perMinute',
      scope: 'caller',
      of: 'An agent',
      allowed: 10,
      used: 10,
      retryAfterMs: 40_000,
    });
    expect(error.message).toBe(
      'An agent has made the 10 calls that it may in a minute. Try again in 40 s, or ask an admin of this gateway for a higher limit (perMinute).',
    );
  });

  it('let a call through after exactly the time that was told', () => {
    passed(callerWith(), 10);
    vi.advanceTimersByTime(12_345);
    const { retryAfterMs } = refusal(callerWith()).details;
    vi.advanceTimersByTime(retryAfterMs! - 1);
    expect(run(callerWith())).not.toBe('ok');
    vi.advanceTimersByTime(1);
    expect(run(callerWith())).toBe('ok');
  });

  it('take nothing for a call that is refused, from none of them', () => {
    const caller = callerWith({ perMinute: 3, perHour: 5 });
    expect(passed(caller, 50)).toBe(3);
    expect(left(caller)).toEqual({ perMinute: 0, perHour: 2 });
    vi.advanceTimersByTime(60_000);
    expect(passed(caller, 50)).toBe(2);
    expect(left(caller)).toEqual({ perMinute: 1, perHour: 0 });
  });

  it('name the one that lasts longest, whose time is the true one', () => {
    const caller = callerWith({ perMinute: 3, perHour: 3 });
    passed(caller, 3);
    expect(refusal(caller).details).toMatchObject({ limit: 'perHour', allowed: 3, retryAfterMs: 3_600_000 });
    vi.advanceTimersByTime(3_600_000);
    expect(run(caller)).toBe('ok');
  });

  it('of a caller win over the defaults member by member, and 0 lifts one', () => {
    settings.maxRequestsPerHour = 20;
    expect(passed(callerWith({ perMinute: 4 }, 'a'), 30)).toBe(4);
    expect(passed(callerWith({ perMinute: 0 }, 'b'), 30)).toBe(20);
    expect(passed(callerWith({ perHour: 0 }, 'c'), 30)).toBe(10);
    expect(passed(callerWith({ perMinute: 0, perHour: 0 }, 'd'), 300)).toBe(300);
    expect(passed(callerWith({}, 'e'), 30)).toBe(10);
  });

  it('are read anew for each call', () => {
    expect(passed(callerWith(), 20)).toBe(10);
    settings.maxRequestsPerMinute = 12;
    expect(passed(callerWith(), 20)).toBe(2);
    settings.maxRequestsPerMinute = 5;
    expect(passed(callerWith(), 20)).toBe(0);
    settings.maxRequestsPerMinute = 0;
    expect(passed(callerWith(), 20)).toBe(20);
  });

  it('count what was refused, and forget callers who are idle', () => {
    passed(callerWith(), 13);
    expect(limits.refusals).toBe(3);
    for (let i = 0; i < 100; i += 1) run(callerWith(undefined, `guest ${i}`));
    expect(limits.size).toBe(101);
    vi.advanceTimersByTime(120_000);
    for (let i = 0; i < 2_000; i += 1) run(callerWith());
    expect(limits.size).toBe(1);
  });

  it('last across a minute that is another length', () => {
    settings.rateLimitWindowMs = 5_000;
    limits = makeLimits();
    passed(callerWith(), 10);
    expect(refusal(callerWith()).message).toMatch(/^An agent has made the 10 calls that it may in 5 s\./);
    expect(limits.headersFor(callerWith())).toEqual({
      'ratelimit-policy': '"minute";q=10;w=5',
      ratelimit: '"minute";r=0;t=5',
    });
    vi.advanceTimersByTime(5_000);
    expect(run(callerWith())).toBe('ok');
  });
});

describe('tokens', () => {
  const caller = callerWith({ perMinute: 0, tokensPerDay: 1_000 });

  it('are counted after the answer: the call that goes over is the last', async () => {
    await runFirst(caller);
    limits.spend(caller, operation, 999);
    expect(run(caller)).toBe('ok');
    limits.spend(caller, operation, 500);
    expect(left(caller)).toEqual({ tokensPerDay: 0 });
    const { kind, message, details } = refusal(caller);
    expect([kind, details]).toMatchObject([
      'limited',
      { limit: 'tokensPerDay', allowed: 1_000, used: 1_499, retryAfterMs: 86_400_000 },
    ]);
    expect(message).toContain('1000 tokens of answers');
    vi.advanceTimersByTime(86_400_000 - 1);
    expect(run(caller)).not.toBe('ok');
    vi.advanceTimersByTime(1);
    expect(run(caller)).toBe('ok');
  });

  it('come back as they were spent', async () => {
    await runFirst(caller);
    limits.spend(caller, operation, 600);
    vi.advanceTimersByTime(4 * 3_600_000);
    limits.spend(caller, operation, 400);
    expect(refusal(caller).details.retryAfterMs).toBe(20 * 3_600_000);
    vi.advanceTimersByTime(20 * 3_600_000);
    expect(left(caller)).toEqual({ tokensPerDay: 600 });
  });
});

describe('concurrency', () => {
  const caller = callerWith({ perMinute: 10, concurrency: 2 });
  const start = (call = new Call(), of = caller) => ({ call, waiting: limits.admit(of, operation, call) });

  it('lets as many run as it says, and the next as soon as one ends, first in first out', async () => {
    const first = start();
    const second = start();
    expect([first.waiting, second.waiting]).toEqual([undefined, undefined]);
    const order: string[] = [];
    const third = start();
    const fourth = start();
    void third.waiting!.then(() => order.push('third'));
    void fourth.waiting!.then(() => order.push('fourth'));
    limits.leave(second.call);
    limits.leave(first.call);
    await third.waiting;
    await fourth.waiting;
    expect(order).toEqual(['third', 'fourth']);
    expect(left(caller)).toEqual({ perMinute: 6, concurrency: 0 });
    limits.leave(third.call);
    limits.leave(fourth.call);
    expect(left(caller)).toEqual({ perMinute: 6, concurrency: 2 });
  });

  it('refuses a call that has waited two seconds, which takes nothing', async () => {
    const running = [start(), start()];
    const { waiting } = start();
    const outcome = expect(waiting).rejects.toMatchObject({
      kind: 'limited',
      details: { limit: 'concurrency', allowed: 2, retryAfterMs: 1_000 },
    });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(limits.refusals).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await outcome;
    expect(left(caller)).toEqual({ perMinute: 8, concurrency: 0 });
    for (const { call } of running) limits.leave(call);
    expect(left(caller)).toEqual({ perMinute: 8, concurrency: 2 });
  });

  it('refuses a call before its own deadline passes', async () => {
    start();
    start();
    const outcome = expect(start(new Call(300)).waiting).rejects.toMatchObject({ kind: 'limited' });
    await vi.advanceTimersByTimeAsync(300);
    await outcome;
  });

  it('lets 64 wait and refuses the next at once', async () => {
    const many = callerWith({ perMinute: 0, concurrency: 1 });
    start(new Call(), many);
    const line = Array.from({ length: 64 }, () => start(new Call(), many));
    expect(() => start(new Call(), many)).toThrow(OperationError);
    const outcomes = Promise.allSettled(line.map(({ waiting }) => Promise.resolve(waiting)));
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('forgets a waiting call whose client leaves: it takes no place and no budget', async () => {
    const running = [start(), start()];
    const gone = start();
    const next = start();
    const outcome = expect(gone.waiting).rejects.toMatchObject({ message: 'The client left' });
    gone.call.leave();
    limits.leave(gone.call);
    await outcome;
    limits.leave(running[0]!.call);
    await next.waiting;
    expect(left(caller)).toEqual({ perMinute: 7, concurrency: 0 });
    limits.leave(running[1]!.call);
    limits.leave(next.call);
    expect(left(caller)).toEqual({ perMinute: 7, concurrency: 2 });
  });

  it('leaks no place where the client leaves just after it was given one', async () => {
    const running = [start(), start()];
    const late = start();
    limits.leave(running[0]!.call);
    late.call.leave();
    await late.waiting;
    limits.leave(late.call);
    limits.leave(late.call);
    limits.leave(running[1]!.call);
    expect(left(caller)).toEqual({ perMinute: 7, concurrency: 2 });
  });

  it('refuses a waiting call whose budget was spent meanwhile, and lets the next one in', async () => {
    const one = { ...caller, limits: { perMinute: 2, concurrency: 1 } };
    const first = start(new Call(), one);
    const second = start(new Call(), one);
    const third = start(new Call(), one);
    const outcome = expect(third.waiting).rejects.toMatchObject({ details: { limit: 'perMinute' } });
    limits.leave(first.call);
    await second.waiting;
    limits.leave(second.call);
    await outcome;
    expect(left(one)).toEqual({ perMinute: 0, concurrency: 1 });
  });

  describe('of calls that have left their places to wait for a person', () => {
    const resumed = () => {
      const call = new Call();
      return { call, waiting: limits.resume(caller, operation, call) };
    };

    it('is theirs again at once where there is place, and counts them no second time', () => {
      start();
      expect(resumed().waiting).toBeUndefined();
      expect(left(caller)).toEqual({ perMinute: 9, concurrency: 0 });
    });

    it('is waited for in the line of all others, whatever windows say meanwhile', async () => {
      const one = { ...caller, limits: { perMinute: 2, concurrency: 1 } };
      const first = start(new Call(), one);
      const second = start(new Call(), one);
      const call = new Call();
      const third = limits.resume(one, operation, call);
      const order: string[] = [];
      void second.waiting!.then(() => order.push('second'));
      void third!.then(() => order.push('third'));
      limits.leave(first.call);
      await second.waiting;
      await vi.advanceTimersByTimeAsync(10);
      expect(order).toEqual(['second']);
      limits.leave(second.call);
      await third;
      expect(left(one)).toEqual({ perMinute: 0, concurrency: 0 });
    });

    it('is refused to them after two seconds', async () => {
      start();
      start();
      const outcome = expect(resumed().waiting).rejects.toMatchObject({ details: { limit: 'concurrency' } });
      await vi.advanceTimersByTimeAsync(2_000);
      await outcome;
      expect(left(caller)).toEqual({ perMinute: 8, concurrency: 0 });
    });
  });

  it('lets those in who wait when it is raised', async () => {
    settings.maxConcurrentCalls = 1;
    const usual = callerWith({ perMinute: 0 });
    start(new Call(), usual);
    const second = start(new Call(), usual);
    settings.maxConcurrentCalls = 3;
    const third = start(new Call(), usual);
    await second.waiting;
    expect(third.waiting).toBeUndefined();
  });
});

describe('headers', () => {
  it('tell every limit that is on, the tightest first', async () => {
    const caller = callerWith({ perMinute: 100, perHour: 1_000, tokensPerDay: 50_000 });
    await runFirst(caller);
    for (let i = 0; i < 42; i += 1) run(caller);
    vi.advanceTimersByTime(10_500);
    expect(limits.headersFor(caller)).toEqual({
      'ratelimit-policy': '"minute";q=100;w=60, "hour";q=1000;w=3600, "tokens";q=50000;w=86400;qu="tokens"',
      ratelimit: '"minute";r=57;t=50, "hour";r=957;t=3590, "tokens";r=50000;t=0',
    });
    limits.spend(caller, operation, 49_990);
    expect(limits.headersFor(caller).ratelimit).toBe('"tokens";r=10;t=86400, "minute";r=57;t=50, "hour";r=957;t=3590');
  });

  it('follow a change of the limits', () => {
    run(callerWith());
    expect(limits.headersFor(callerWith())['ratelimit-policy']).toBe('"minute";q=10;w=60');
    settings.maxRequestsPerMinute = 20;
    settings.maxRequestsPerHour = 30;
    expect(limits.headersFor(callerWith())).toEqual({
      'ratelimit-policy': '"minute";q=20;w=60, "hour";q=30;w=3600',
      ratelimit: '"minute";r=19;t=60, "hour";r=30;t=0',
    });
  });

  it('are none where no limit of that kind is on', () => {
    settings.maxRequestsPerMinute = 0;
    settings.maxConcurrentCalls = 5;
    expect(limits.headersFor(callerWith())).toEqual({});
  });
});
