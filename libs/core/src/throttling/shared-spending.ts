import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ReplicaBus, type Topic } from '../replicas/replica-bus.js';
import type { Account, Holder } from './account.js';
import type { Accounts } from './accounts.js';
import { EarlierSpending } from './earlier-spending.js';
import { wholeMs } from './sliding-window.js';

/** What calls of one holder have spent at a replica since it told last. */
interface News {
  readonly holder: Holder;
  tokens: number;
  /** In units of money. */
  cost: number;
}

const spendingTopic: Topic<readonly News[]> = { name: 'spending' };

/** How long a call's spending may wait to be told together with that of others. */
const TELL_WITHIN_MS = 50;
/** How long after an outage the account of the others is taken to be written down. */
const WRITTEN_WITHIN_MS = 2_000;

/**
 * Makes budgets in tokens and money one for all replicas: each tells the others what its calls have spent, and no call
 * waits for that. What was missed while Redis was away is in the audit, which is read anew when it is back.
 */
@Injectable()
export class SharedSpending implements OnApplicationShutdown {
  private readonly untold = new Map<Account, News>();
  private telling: NodeJS.Timeout | undefined;
  private readingAnew: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: ReplicaBus,
    private readonly earlier: EarlierSpending,
  ) {}

  onApplicationShutdown(): void {
    clearTimeout(this.telling);
    clearTimeout(this.readingAnew);
  }

  /** Has what is spent at other replicas counted in the accounts of this one. */
  follow(accounts: Accounts): void {
    this.bus.on(spendingTopic, (news) => {
      const now = wholeMs();
      for (const { holder, tokens, cost } of news) {
        const account = accounts.find(holder);
        // one that nobody asked for here is read from the audit when it is
        if (account?.ledger) account.spend(tokens, cost, now);
      }
    });
    this.bus.onReady(() => {
      clearTimeout(this.readingAnew);
      this.readingAnew = setTimeout(() => void this.readAnew(accounts), WRITTEN_WITHIN_MS).unref();
    });
  }

  /** Tells the other replicas, soon. */
  tell(account: Account, tokens: number, cost: number): void {
    if (!this.bus.isReady) return;
    const news = this.untold.get(account);
    if (news) {
      news.tokens += tokens;
      news.cost += cost;
    } else {
      this.untold.set(account, { holder: account.holder, tokens, cost });
    }
    this.telling ??= setTimeout(() => this.tellAll(), TELL_WITHIN_MS).unref();
  }

  private tellAll(): void {
    this.telling = undefined;
    this.bus.publish(spendingTopic, [...this.untold.values()]);
    this.untold.clear();
  }

  /** One after another: nobody waits, and the store has other work. */
  private async readAnew(accounts: Accounts): Promise<void> {
    for (const account of [...accounts.all()]) await this.earlier.readAnew(account);
  }
}
