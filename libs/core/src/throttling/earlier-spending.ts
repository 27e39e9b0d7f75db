import { Injectable, Logger } from '@nestjs/common';
import { AuditSettings } from '../observability/audit/audit.settings.js';
import { PastSpending, type Spent } from '../observability/audit/past-spending.js';
import type { Account, Holder, Ledger } from './account.js';
import { inUnits, isMoney, spendings } from './budget.js';
import { wholeMs } from './sliding-window.js';
import { ThrottlingSettings } from './throttling.settings.js';

/** How soon the store is asked again after it could not be. */
const ASK_AGAIN_MS = 5_000;

/**
 * Knows what accounts had spent before this process counted it, by the audit: asked for at the first call after a start,
 * where a budget is new, and where limits or prices have changed.
 */
@Injectable()
export class EarlierSpending {
  private readonly logger = new Logger('Limits');
  private readonly reading = new Map<Ledger, Promise<void>>();

  constructor(
    private readonly past: PastSpending,
    private readonly audit: AuditSettings,
    private readonly throttling: ThrottlingSettings,
  ) {}

  /**
   * To be waited for before budgets are looked at; undefined where all is known. Never rejects: while the store is away,
   * only what is spent from now on is known.
   */
  of(accounts: readonly Account[], now: number): Promise<unknown> | undefined {
    let all: Promise<void>[] | undefined;
    for (const account of accounts) {
      const { days } = account.budget;
      if (days === 0) continue;
      const ledger = this.ledgerOf(account, days);
      if (ledger.isKnown) continue;
      const reading = this.reading.get(ledger) ?? this.begin(account, ledger, now);
      if (reading) (all ??= []).push(reading);
    }
    return all && Promise.all(all);
  }

  /** Reads once more what was spent, at other replicas too; what is known counts until then. */
  async readAnew(account: Account): Promise<void> {
    const { ledger } = account;
    if (!ledger?.isKnown) return;
    await this.replace(account, ledger);
  }

  private ledgerOf(account: Account, days: number): Ledger {
    const rules = [this.audit.prices, this.throttling.limits];
    const { ledger } = account;
    if (ledger && ledger.days >= days && ledger.rules.every((rule, i) => rule === rules[i])) return ledger;
    const opened = { days, mark: this.past.mark(), rules, askedAt: -Infinity, isKnown: false, isStale: false };
    account.openLedger(opened);
    if (this.audit.prices === undefined) this.warnOfMoney(account);
    return opened;
  }

  private warnOfMoney({ budget, holder }: Account): void {
    if (budget.costPerDay === 0 && budget.costPerMonth === 0) return;
    this.logger.warn(`The budget in money of ${nameOf(holder)} limits nothing: there are no prices (MCP_PRICES)`);
  }

  private begin(account: Account, ledger: Ledger, now: number): Promise<void> | undefined {
    if (now - ledger.askedAt < ASK_AGAIN_MS) return undefined;
    ledger.askedAt = now;
    const reading = this.read(account, ledger).finally(() => this.reading.delete(ledger));
    this.reading.set(ledger, reading);
    return reading;
  }

  private async read(account: Account, ledger: Ledger): Promise<void> {
    if (ledger.isStale) return this.replace(account, ledger);
    try {
      const spent = await this.past.of(account.holder, ledger.days, ledger.mark);
      // counted by other rules by now
      if (account.ledger !== ledger) return;
      fill(account, spent);
      ledger.isKnown = true;
    } catch (error) {
      this.warnOfUnknown(account, error);
    }
  }

  private async replace(account: Account, ledger: Ledger): Promise<void> {
    account.beginAnew();
    try {
      const spent = await this.past.of(account.holder, ledger.days, this.past.mark());
      // counted by other rules by now
      if (account.ledger !== ledger) return;
      account.fillAnew(() => fill(account, spent));
      ledger.isKnown = true;
    } catch (error) {
      if (account.ledger === ledger) account.endAnew();
      // so that it is asked for again with the calls that come
      ledger.isKnown = false;
      ledger.isStale = true;
      ledger.askedAt = wholeMs();
      this.warnOfUnknown(account, error);
    }
  }

  private warnOfUnknown(account: Account, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const who = nameOf(account.holder);
    this.logger.warn(`What ${who} has spent before is not known yet, so only what comes now counts: ${reason}`);
  }
}

function nameOf({ scope, name, caller }: Holder): string {
  return scope === 'caller' ? (caller ?? '') : `the ${scope} ${name}`;
}

function fill(account: Account, spent: readonly Spent[]): void {
  const [now, time] = [wholeMs(), Date.now()];
  for (const name of spendings) {
    // a clock that was put back makes times of the future, which are now
    const taken = spent.map((each) => ({
      at: now - Math.max(0, time - each.time),
      units: isMoney(name) ? inUnits(each.cost) : each.tokens,
    }));
    account.window(name).addEarlier(taken, account.budget[name] || Infinity);
  }
}
