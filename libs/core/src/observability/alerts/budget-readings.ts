import { Injectable } from '@nestjs/common';
import type { Account } from '../../throttling/account.js';
import { spendings, type Spending } from '../../throttling/budget.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { wholeMs } from '../../throttling/sliding-window.js';
import { AlertsSettings } from './alerts.settings.js';
import type { Reading } from './reading.js';

const words: Record<Spending, string> = {
  costPerMonth: 'money for 30 days',
  tokensPerMonth: 'tokens for 30 days',
  costPerDay: 'money for 24 hours',
  tokensPerDay: 'tokens for 24 hours',
};

/** How much is used of the budgets of callers, teams, services and operations. */
@Injectable()
export class BudgetReadings {
  constructor(
    private readonly settings: AlertsSettings,
    private readonly limits: CallLimits,
  ) {}

  /** Of each budget that is nearly used up. */
  take(): Reading[] {
    const { budgetPercent } = this.settings;
    if (budgetPercent === 0) return [];
    const now = wholeMs();
    return [...this.limits.all()].flatMap((account) =>
      spendings.flatMap((name) => {
        const percent = percentUsed(account, name, now);
        return percent > budgetPercent ? [readingOf(account, name, percent, budgetPercent)] : [];
      }),
    );
  }
}

function percentUsed(account: Account, name: Spending, now: number): number {
  return Math.floor((account.partUsed(name, now) ?? 0) * 1_000) / 10;
}

function readingOf(account: Account, name: Spending, percent: number, threshold: number): Reading {
  const who = nameOf(account);
  return {
    rule: 'budget',
    subject: `${who} ${name}`,
    severity: percent >= 100 ? 'critical' : 'warning',
    value: percent,
    threshold,
    atOnce: true,
    message: `${percent} % of the ${words[name]} of ${who} are used`,
  };
}

function nameOf({ holder: { scope, name, caller }, subject }: Account): string {
  if (caller === undefined) return `the ${scope} ${name}`;
  const who = subject === caller ? caller : `${subject} (${caller})`;
  return scope === 'caller' ? who : `${who} at the ${scope} ${name}`;
}
