import { Injectable } from '@nestjs/common';
import type { Account } from '../account.js';
import type { Budget } from '../budget.js';
import type { SharedWindow } from './lease.js';
import { SharedPlaces } from './shared-places.js';
import { SharedWindows } from './shared-windows.js';

/** What of a budget is counted before a call, and so leased. */
const shared = ['perMinute', 'perHour'] as const;

interface CallWindow extends SharedWindow {
  readonly account: Account;
  readonly name: (typeof shared)[number];
}

/** That all replicas together have used up what an account may. */
export interface UsedTogether extends Pick<CallWindow, 'account' | 'name'> {
  readonly retryAfterMs: number;
}

/** Counts calls in the accounts of all replicas. */
@Injectable()
export class SharedCalls {
  /** Of each account, and the budget they were made of: most calls find theirs as it was. */
  private readonly ofAccounts = new WeakMap<Account, { budget: Budget; windows: readonly CallWindow[] }>();

  constructor(
    private readonly windows: SharedWindows,
    readonly places: SharedPlaces,
  ) {}

  /** Takes one call from every account, as `SharedWindows.take` does. */
  take(accounts: readonly Account[]): undefined | Promise<UsedTogether | undefined> {
    if (!this.windows.isOn) return undefined;
    const windows = this.windowsOf(accounts);
    const asking = this.windows.take(windows);
    return asking && this.answer(asking, windows);
  }

  /** For a call that was not made after all. */
  giveBack(accounts: readonly Account[]): void {
    if (this.windows.isOn) this.windows.giveBack(this.windowsOf(accounts));
  }

  private async answer(
    asking: ReturnType<SharedWindows['take']>,
    windows: readonly CallWindow[],
  ): Promise<UsedTogether | undefined> {
    const used = await asking;
    const window = used && windows.find(({ key }) => key === used.window.key);
    return window && { account: window.account, name: window.name, retryAfterMs: used.retryAfterMs };
  }

  private windowsOf(accounts: readonly Account[]): readonly CallWindow[] {
    const [only] = accounts;
    return only && accounts.length === 1
      ? this.windowsIn(only)
      : accounts.flatMap((account) => this.windowsIn(account));
  }

  private windowsIn(account: Account): readonly CallWindow[] {
    const { budget } = account;
    const known = this.ofAccounts.get(account);
    if (known?.budget === budget) return known.windows;
    const { scope, name: of, caller = '' } = account.holder;
    const windows = shared
      .filter((name) => budget[name] > 0)
      .map((name) => ({
        key: `${name} ${scope} ${of} ${caller}`,
        lengthMs: account.lengthOf(name),
        limit: budget[name],
        // so that the window here tells what is left of the whole
        hear: (units: number, until: number) => {
          account.window(name).hear(units, until);
        },
        account,
        name,
      }));
    this.ofAccounts.set(account, { budget, windows });
    return windows;
  }
}
