import type { CallerBudget } from '#libs/kit';
import type { AuditMark } from '../observability/audit/past-spending.js';
import {
  isMoney,
  spendings,
  unlimited,
  windowMs,
  windowNames,
  type Budget,
  type Spending,
  type WindowName,
} from './budget.js';
import { SlidingWindow } from './sliding-window.js';
import type { Waiter } from './waiter.js';

/** Whose an account is: a caller's, or that of what callers share. */
export interface Holder {
  readonly scope: 'caller' | 'team' | 'service' | 'operation';
  /** Of the team, the service, the operation; empty for a caller's own account. */
  readonly name: string;
  /** Id of the caller, where the account is that of one. */
  readonly caller?: string;
}

/** Since when calls are counted by what they spend, and by which rules. What was before is in the audit. */
export interface Ledger {
  readonly days: number;
  readonly mark: AuditMark;
  /** Settings by which it was counted: with others it is opened anew. */
  readonly rules: readonly unknown[];
  askedAt: number;
  /** Whether what was before is in the windows. */
  isKnown: boolean;
  /** Whether that was so once: what is in the windows is to be replaced then, or it would count twice. */
  isStale: boolean;
}

/** What of a budget's headers can be written once. */
export interface ToldBudget {
  readonly of: Budget;
  readonly policy: string;
  /** Of each limit that is on: the beginning of its item, and the units of the window that are one of the header's. */
  readonly items: readonly { limit: WindowName; start: string; unit: number }[];
}

/** What one holder has used, and what it may. */
export class Account {
  /** As it was last asked for: settings and keys change while the gateway runs. */
  budget: Budget = unlimited;
  /** What the budget was made of: what its caller has of its own, and what all have. */
  own: CallerBudget | undefined;
  general: Budget | undefined;
  /** How the budget is told in the headers of answers, once it was. */
  told: ToldBudget | undefined;
  /** The list of this one alone, in which most calls are counted. */
  readonly alone: readonly Account[] = [this];
  /** What people call the caller whose account it is. */
  subject = '';
  running = 0;
  /** Those that this replica may give of the places of all; undefined where it gives all that the budget says. */
  places: number | undefined;
  /** Calls that wait for a place here, first in first out. */
  readonly waiting = new Set<Waiter>();
  /** How far back it is known what was spent; undefined where nobody needs to know. */
  ledger: Ledger | undefined;
  private meanwhile: { readonly tokens: number; readonly cost: number; readonly now: number }[] | undefined;
  private readonly windows: Record<WindowName, SlidingWindow | undefined> = {
    perMinute: undefined,
    perHour: undefined,
    tokensPerDay: undefined,
    tokensPerMonth: undefined,
    costPerDay: undefined,
    costPerMonth: undefined,
  };

  constructor(
    readonly holder: Holder,
    private readonly minuteMs: number,
  ) {}

  get hasPlace(): boolean {
    const { concurrency } = this.budget;
    return concurrency === 0 || this.running < Math.min(concurrency, this.places ?? concurrency);
  }

  /** Calls that may wait here: so many, and those for which places may be found at once. */
  maxWaiting(most: number): number {
    return most + Math.max(0, this.budget.concurrency - this.running);
  }

  window(name: WindowName): SlidingWindow {
    return (this.windows[name] ??= new SlidingWindow(this.lengthOf(name)));
  }

  /** Of a window, in milliseconds. */
  lengthOf(name: WindowName): number {
    return name === 'perMinute' ? this.minuteMs : windowMs[name];
  }

  /** Counts what a call has spent. */
  spend(tokens: number, cost: number, now: number): void {
    for (const name of spendings) {
      const units = isMoney(name) ? cost : tokens;
      if (units > 0) this.window(name).add(units, this.budget[name] || Infinity, now);
    }
    this.meanwhile?.push({ tokens, cost, now });
  }

  /** From now on, what is spent is kept for `fillAnew`. */
  beginAnew(): void {
    this.meanwhile = [];
  }

  /** What was counted stays as it is; nothing is kept any more. */
  endAnew(): void {
    this.meanwhile = undefined;
  }

  /** Replaces what was counted by what `fill` counts, and by what was spent since `beginAnew`. */
  fillAnew(fill: () => void): void {
    for (const name of spendings) this.windows[name] = undefined;
    fill();
    const since = this.meanwhile ?? [];
    this.meanwhile = undefined;
    for (const { tokens, cost, now } of since) this.spend(tokens, cost, now);
  }

  /** Which part of a budget is used, 1 for all of it; undefined where there is none. */
  partUsed(name: Spending, now: number): number | undefined {
    const limit = this.budget[name];
    return this.ledger && limit > 0 ? this.window(name).used(now) / limit : undefined;
  }

  /** Begins to count anew what calls spend; what was spent before is to be added. */
  openLedger(ledger: Ledger): void {
    this.ledger = ledger;
    this.meanwhile = undefined;
    for (const name of spendings) this.windows[name] = undefined;
  }

  isIdle(now: number): boolean {
    if (this.running > 0 || this.waiting.size > 0 || this.ledger?.isKnown === false) return false;
    if (this.places !== undefined && this.places > 0) return false;
    return windowNames.every((name) => this.windows[name]?.isIdle(now) ?? true);
  }
}
