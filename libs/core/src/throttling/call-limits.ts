import { Injectable } from '@nestjs/common';
import type { Caller, LimitFacts, OperationError } from '#libs/kit';
import { AuditSettings } from '../observability/audit/audit.settings.js';
import { costOf } from '../observability/audit/prices.js';
import type { Account } from './account.js';
import { Accounts } from './accounts.js';
import { inUnits, type WindowName } from './budget.js';
import { EarlierSpending } from './earlier-spending.js';
import { factsOf } from './limit-facts.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { SharedCalls } from './leases/shared-calls.js';
import { noPlace, overLimit } from './refusals.js';
import { SharedSpending } from './shared-spending.js';
import { wholeMs } from './sliding-window.js';
import { ThrottlingSettings } from './throttling.settings.js';
import { Waiter, type LimitedOperation, type WaitingCall } from './waiter.js';
import { atMost, waitMsOf } from './waiting-time.js';

/** Calls that may wait for a place of one account at once. */
const MAX_WAITING = 64;

/** What calls may still use: of their caller, its team, their service and their operation, over all doors. */
@Injectable()
export class CallLimits {
  private readonly accounts: Accounts;
  /** Where calls hold a place, by their seat. */
  private readonly seats: (readonly Account[] | undefined)[] = [];
  private readonly freeSeats: number[] = [];
  private refused = 0;

  constructor(
    settings: ThrottlingSettings,
    private readonly earlier: EarlierSpending,
    private readonly audit: AuditSettings,
    private readonly shared: SharedCalls,
    private readonly spending: SharedSpending,
  ) {
    this.accounts = new Accounts(settings);
    spending.follow(this.accounts);
    shared.places.onPlaces((account) => this.letNextIn(account));
  }

  /** Calls that were refused since the start. */
  get refusals(): number {
    return this.refused;
  }

  /** Callers that are remembered now. */
  get size(): number {
    return this.accounts.callerCount;
  }

  /**
   * Takes one call from every budget that it is counted in and gives it a place, or throws `limited` and takes nothing.
   * A promise while a concurrency is used up, or while it isn't known yet what was spent before: the call is counted when
   * it gets its place.
   */
  admit(caller: Caller, operation: LimitedOperation, call: WaitingCall): void | Promise<void> {
    const now = wholeMs();
    const accounts = this.accounts.ofCall(caller, operation, now);
    const reading = this.earlier.of(accounts, now);
    if (!reading) return this.admitTo(accounts, caller, operation, call, now);
    return atMost(waitMsOf(call), reading).then(() => {
      call.signal.throwIfAborted();
      return this.admitTo(accounts, caller, operation, call, wholeMs());
    });
  }

  /** Gives a call's places to the next; nothing where it has none. */
  leave(call: WaitingCall): void {
    const { seat = -1 } = call;
    const accounts = this.seats[seat];
    if (!accounts) return;
    call.seat = undefined;
    this.seats[seat] = undefined;
    this.freeSeats.push(seat);
    for (const account of accounts) account.running -= 1;
    for (const account of accounts) {
      if (account.waiting.size > 0) this.letNextIn(account);
      this.shared.places.left(account);
    }
  }

  /**
   * Gives places again to a call that had left its own to wait for a person; it was counted before. Others may have them
   * meanwhile: then a promise, or `limited`, as for any call.
   */
  resume(caller: Caller, operation: LimitedOperation, call: WaitingCall): void | Promise<void> {
    const accounts = this.accounts.ofCall(caller, operation, wholeMs());
    for (const account of accounts) if (account.waiting.size > 0) this.letNextIn(account);
    this.shared.places.need(accounts, 1);
    const full = fullOf(accounts);
    if (!full) {
      this.place(call, accounts);
      return;
    }
    if (isCrowded(full)) throw this.noPlace(full);
    return this.waitIn(full, new Waiter(caller, operation, call, waitMsOf(call), true));
  }

  /** Counts what a call has spent, when it has ended. */
  spend(caller: Caller, operation: LimitedOperation, tokens: number): void {
    const now = wholeMs();
    const accounts = this.accounts.ofCall(caller, operation, now);
    if (accounts.every(({ budget, ledger }) => ledger === undefined && budget.days === 0)) return;
    // what was spent before is read beside it
    void this.earlier.of(accounts, now);
    const { service, name } = operation;
    const cost = inUnits(costOf(this.audit.prices, { service, operation: name, calls: 1, tokens }));
    for (const account of accounts) {
      if (!account.ledger) continue;
      account.spend(tokens, cost, now);
      this.spending.tell(account, tokens, cost);
    }
  }

  /** `RateLimit` and `RateLimit-Policy` of an answer to this caller; nothing where no limit is on. */
  headersFor(caller: Caller): Record<string, string> {
    const now = wholeMs();
    return rateLimitHeaders(this.accounts.ofCaller(caller, now), now);
  }

  /** What is left of each limit of the caller and its team that is on. */
  factsFor(caller: Caller): LimitFacts[] {
    const now = wholeMs();
    return this.accounts.ofCaller(caller, now).flatMap((account) => factsOf(account, now));
  }

  /** Every account that is remembered, for those who watch budgets. */
  all(): Iterable<Account> {
    return this.accounts.all();
  }

  private admitTo(
    accounts: readonly Account[],
    caller: Caller,
    operation: LimitedOperation,
    call: WaitingCall,
    now: number,
  ): void | Promise<void> {
    for (const account of accounts) if (account.waiting.size > 0) this.letNextIn(account);
    const refusal = this.refusalOf(accounts, now);
    if (refusal) throw refusal;
    // asked for together, so that a call waits for both answers at once
    this.shared.places.need(accounts, 1);
    const asking = this.shared.take(accounts);
    if (!asking) return this.enter(accounts, caller, operation, call, now);
    return asking.then((used) => {
      if (used) throw this.overLimit(used.account, used.name, used.retryAfterMs);
      if (!call.signal.aborted) return this.enter(accounts, caller, operation, call, wholeMs());
      this.shared.giveBack(accounts);
      throw call.signal.reason as OperationError;
    });
  }

  /** Gives a call that all replicas have counted its place here, or lets it wait for one. */
  private enter(
    accounts: readonly Account[],
    caller: Caller,
    operation: LimitedOperation,
    call: WaitingCall,
    now: number,
  ): void | Promise<void> {
    const full = fullOf(accounts);
    if (!full) {
      this.start(call, accounts, now);
      return;
    }
    if (isCrowded(full)) {
      this.shared.giveBack(accounts);
      throw this.noPlace(full);
    }
    const waiter = new Waiter(caller, operation, call, waitMsOf(call), false);
    return this.waitIn(full, waiter).catch((error: unknown) => {
      this.shared.giveBack(accounts);
      throw error;
    });
  }

  private waitIn(full: Account, waiter: Waiter): Promise<void> {
    waiter.waitIn(full, () => this.noPlace(full));
    this.shared.places.need([full], 0);
    return waiter.admitted;
  }

  private start(call: WaitingCall, accounts: readonly Account[], now: number): void {
    for (const account of accounts) {
      const { perMinute, perHour } = account.budget;
      if (perMinute > 0) account.window('perMinute').add(1, perMinute, now);
      if (perHour > 0) account.window('perHour').add(1, perHour, now);
    }
    this.place(call, accounts);
  }

  private place(call: WaitingCall, accounts: readonly Account[]): void {
    for (const account of accounts) account.running += 1;
    call.seat = this.freeSeats.pop() ?? this.seats.length;
    this.seats[call.seat] = accounts;
  }

  /**
   * Lets in those who wait while there are places. One whose budget was spent meanwhile is refused, and one for which
   * another account has no place goes on waiting there.
   */
  private letNextIn(line: Account): void {
    const now = wholeMs();
    for (const waiter of line.waiting) {
      const { caller, operation, call, isCounted } = waiter;
      const accounts = this.accounts.ofCall(caller, operation, now);
      const refusal = isCounted ? undefined : this.refusalOf(accounts, now);
      const full = refusal ? undefined : accounts.find((account) => !account.hasPlace);
      if (refusal) waiter.refuse(refusal);
      else if (full === line) return;
      else if (full) {
        waiter.waitIn(full, () => this.noPlace(full));
        this.shared.places.need([full], 0);
      } else {
        if (isCounted) this.place(call, accounts);
        else this.start(call, accounts, now);
        waiter.letIn();
      }
    }
  }

  /** Why a call can't be counted now; of several reasons the one that lasts longest. */
  private refusalOf(accounts: readonly Account[], now: number): OperationError | undefined {
    let worst: { account: Account; limit: WindowName } | undefined;
    let retryAfterMs = 0;
    for (const account of accounts) {
      for (const limit of account.budget.on) {
        const ms = account.window(limit).retryAfterMs(account.budget[limit], now);
        if (ms <= retryAfterMs) continue;
        worst = { account, limit };
        retryAfterMs = ms;
      }
    }
    return worst && this.overLimit(worst.account, worst.limit, retryAfterMs);
  }

  private overLimit(account: Account, limit: WindowName, retryAfterMs: number): OperationError {
    this.refused += 1;
    const currency = this.audit.prices?.currency ?? '';
    return overLimit(account, limit, retryAfterMs, account.window(limit).used(wholeMs()), currency);
  }

  private noPlace(account: Account): OperationError {
    this.refused += 1;
    return noPlace(account);
  }
}

function isCrowded(line: Account): boolean {
  return line.waiting.size >= line.maxWaiting(MAX_WAITING);
}

/** The first of them in which a call has to wait. */
function fullOf(accounts: readonly Account[]): Account | undefined {
  return accounts.find((account) => account.waiting.size > 0 || !account.hasPlace);
}
