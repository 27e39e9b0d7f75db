import { Injectable } from '@nestjs/common';
import { OperationError, type Caller, type LimitFacts } from '#libs/kit';
import { ActiveKeys } from './active-keys.js';
import { CallerAccount, type Budget } from './caller-account.js';
import { limited } from './limited.js';
import { wholeMs } from './sliding-window.js';
import { ThrottlingSettings } from './throttling.settings.js';
import type { WaitingCall } from './waiting-calls.js';

/** Calls of one caller that may wait for a place at once. */
const MAX_WAITING = 64;
/** How long a call waits for a place. */
const MAX_WAIT_MS = 2_000;
/** What is kept of a call's deadline to say why it was refused. */
const ANSWER_MS = 20;
/** Nobody knows when a running call ends. */
const RETRY_PLACE_MS = 1_000;

/** What each caller has spent and may still spend, over all doors. */
@Injectable()
export class CallerLimits {
  private readonly accounts: ActiveKeys<CallerAccount>;
  /** The calls that hold a place. */
  private readonly places = new Map<WaitingCall, CallerAccount>();
  private refused = 0;

  constructor(private readonly settings: ThrottlingSettings) {
    this.accounts = new ActiveKeys(() => new CallerAccount(settings.rateLimitWindowMs));
  }

  /** Calls that were refused since the start. */
  get refusals(): number {
    return this.refused;
  }

  /** Callers that are remembered now. */
  get size(): number {
    return this.accounts.size;
  }

  /**
   * Takes one call from the caller's budgets and gives it a place, or throws `limited` and takes nothing. A promise
   * while the caller's concurrency is used up: the call is counted when it gets its place.
   */
  admit(caller: Caller, call: WaitingCall): void | Promise<void> {
    const now = wholeMs();
    const account = this.accounts.findOrCreate(caller.id, now);
    const budget = this.budgetOf(caller);
    if (account.waiting.size > 0) this.letNextIn(account);
    const refusal = this.refusalOf(caller, account, budget, now);
    if (refusal) throw refusal;
    if (account.waiting.size === 0 && hasPlace(account, budget)) {
      this.start(call, account, budget, now);
      return;
    }
    const overdue = () => this.noPlace(caller, budget);
    if (account.waiting.size >= MAX_WAITING) throw overdue();
    const waitMs = Math.min(MAX_WAIT_MS, call.remainingMs - ANSWER_MS);
    return account.waiting.join(caller, call, waitMs, overdue);
  }

  /** Gives a call's place to the next; nothing where it has none. */
  leave(call: WaitingCall): void {
    const account = this.places.get(call);
    if (!account) return;
    this.places.delete(call);
    account.running -= 1;
    if (account.waiting.size > 0) this.letNextIn(account);
  }

  /** Gives a place back to a call that had left its own to wait for a person; it was counted before. */
  resume(caller: Caller, call: WaitingCall): void {
    const account = this.accounts.findOrCreate(caller.id, wholeMs());
    account.running += 1;
    this.places.set(call, account);
  }

  /** Counts the tokens of an answer. */
  spend(caller: Caller, tokens: number): void {
    const { tokensPerDay } = this.budgetOf(caller);
    if (tokensPerDay === 0) return;
    const now = wholeMs();
    this.accounts.findOrCreate(caller.id, now).day.add(tokens, tokensPerDay, now);
  }

  /** `RateLimit` and `RateLimit-Policy` of an answer to this caller; nothing where no limit is on. */
  headersFor(caller: Caller): Record<string, string> {
    const now = wholeMs();
    return this.accounts.findOrCreate(caller.id, now).headers(this.budgetOf(caller), now);
  }

  /** What is left of each limit that is on. */
  factsFor(caller: Caller): LimitFacts[] {
    const now = wholeMs();
    const { minute, hour, day, running } = this.accounts.findOrCreate(caller.id, now);
    const { perMinute, perHour, concurrency, tokensPerDay } = this.budgetOf(caller);
    const facts: [name: LimitFacts['name'], limit: number, used: number, resetMs: number][] = [
      ['perMinute', perMinute, minute.used(now), minute.resetMs(now)],
      ['perHour', perHour, hour.used(now), hour.resetMs(now)],
      ['concurrency', concurrency, running, 0],
      ['tokensPerDay', tokensPerDay, day.used(now), day.resetMs(now)],
    ];
    return facts
      .filter(([, limit]) => limit > 0)
      .map(([name, limit, used, resetMs]) => ({ name, limit, remaining: Math.max(0, limit - used), resetMs }));
  }

  private start(call: WaitingCall, account: CallerAccount, budget: Budget, now: number): void {
    if (budget.perMinute > 0) account.minute.add(1, budget.perMinute, now);
    if (budget.perHour > 0) account.hour.add(1, budget.perHour, now);
    account.running += 1;
    this.places.set(call, account);
  }

  /** Lets in those who wait while there are places; one whose budget was spent meanwhile is refused. */
  private letNextIn(account: CallerAccount): void {
    const now = wholeMs();
    for (const { caller, call, letIn, refuse } of account.waiting) {
      const budget = this.budgetOf(caller);
      if (!hasPlace(account, budget)) return;
      const refusal = this.refusalOf(caller, account, budget, now);
      if (refusal) refuse(refusal);
      else {
        this.start(call, account, budget, now);
        letIn();
      }
    }
  }

  /** Why a call can't be counted now; of several reasons the one that lasts longest. */
  private refusalOf(caller: Caller, account: CallerAccount, budget: Budget, now: number): OperationError | undefined {
    const { perMinute, perHour, tokensPerDay } = budget;
    const minuteMs = perMinute > 0 ? account.minute.retryAfterMs(perMinute, now) : 0;
    const hourMs = perHour > 0 ? account.hour.retryAfterMs(perHour, now) : 0;
    const dayMs = tokensPerDay > 0 ? account.day.retryAfterMs(tokensPerDay, now) : 0;
    const retryAfterMs = Math.max(minuteMs, hourMs, dayMs);
    if (retryAfterMs === 0) return undefined;
    this.refused += 1;
    const { subject } = caller;
    if (retryAfterMs === dayMs) {
      return limited(
        `${subject} has used the ${tokensPerDay} tokens of answers that it may in 24 hours`,
        'tokensPerDay',
        tokensPerDay,
        retryAfterMs,
      );
    }
    if (retryAfterMs === hourMs) {
      return limited(
        `${subject} has made the ${perHour} calls that it may in an hour`,
        'perHour',
        perHour,
        retryAfterMs,
      );
    }
    const { rateLimitWindowMs } = this.settings;
    const period = rateLimitWindowMs === 60_000 ? 'a minute' : `${rateLimitWindowMs / 1_000} s`;
    return limited(
      `${subject} has made the ${perMinute} calls that it may in ${period}`,
      'perMinute',
      perMinute,
      retryAfterMs,
    );
  }

  private noPlace({ subject }: Caller, { concurrency }: Budget): OperationError {
    this.refused += 1;
    return limited(
      `${subject} has ${concurrency} calls running, which is as many as it may have at once`,
      'concurrency',
      concurrency,
      RETRY_PLACE_MS,
    );
  }

  /** Read anew each time: the settings may change while the gateway runs. */
  private budgetOf({ limits: own }: Caller): Budget {
    const { maxRequestsPerMinute, maxRequestsPerHour, maxConcurrentCalls, maxTokensPerDay } = this.settings;
    return {
      perMinute: own?.perMinute ?? maxRequestsPerMinute,
      perHour: own?.perHour ?? maxRequestsPerHour,
      concurrency: own?.concurrency ?? maxConcurrentCalls,
      tokensPerDay: own?.tokensPerDay ?? maxTokensPerDay,
    };
  }
}

function hasPlace({ running }: CallerAccount, { concurrency }: Budget): boolean {
  return concurrency === 0 || running < concurrency;
}
