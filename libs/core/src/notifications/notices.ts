import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import type { Delivery, Notice, NoticeTarget } from './notice.js';
import { NoticeRows, type Taken } from './notice-rows.js';
import { NoticeSender } from './notice-sender.js';
import { isTooOld, waitAfter } from './patience.js';
import { UnstoredNotices } from './unstored-notices.js';

const LOOK_EVERY_MS = 1_000;
const DROP_OLD_EVERY_MS = 3_600_000;

/** Writes down what became of a try. */
interface Account {
  finish(id: string, state: 'delivered' | 'refused', problem: string | null): Promise<void> | void;
  retryAt(id: string, nextAt: number, problem: string): Promise<void> | void;
}

/**
 * Brings notices to those outside: each at least once, again and again while that may help, for a day at most. What is to
 * be told is written down with what happened (`NoticeRows.add`), so that neither a kill nor an outage loses it.
 */
@Injectable()
export class Notices implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Notices');
  private readonly targets = new Map<string, NoticeTarget>();
  private readonly unstored = new UnstoredNotices();
  private readonly ended = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> | undefined;
  /** Whether the store could not be asked the last time. */
  private hasFailed = false;

  constructor(
    private readonly rows: NoticeRows,
    private readonly sender: NoticeSender,
  ) {}

  /** Before the gateway is up. */
  register(target: NoticeTarget): void {
    this.targets.set(target.name, target);
  }

  /** For a notice that the store can't take now. */
  addUnstored(notice: Notice): void {
    this.unstored.add(notice);
  }

  onApplicationBootstrap(): void {
    if (this.targets.size === 0) return;
    this.timers.push(
      setInterval(() => this.look(), LOOK_EVERY_MS).unref(),
      setInterval(() => void this.rows.dropOld(new Date()).catch(() => undefined), DROP_OLD_EVERY_MS).unref(),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.ended.abort();
    await this.looking;
  }

  private look(): void {
    this.looking ??= this.deliverDue().finally(() => (this.looking = undefined));
  }

  private async deliverDue(): Promise<void> {
    const unstored = this.unstored.take(Date.now()).map((notice) => this.deliver(notice, this.inMemory));
    const stored = (await this.takeStored()).map((notice) => this.deliver(notice, this.inStore));
    // those that fail are tried again, the stored ones when their lease is over
    for (const end of await Promise.allSettled([...unstored, ...stored])) {
      if (end.status === 'rejected') this.log('Notices could not be delivered', end.reason);
    }
  }

  /** None while the store is away, or fails: those in memory don't wait for it. */
  private async takeStored(): Promise<Taken[]> {
    try {
      const taken = await this.rows.take([...this.targets.keys()], new Date());
      this.hasFailed = false;
      return taken;
    } catch (error) {
      if (!this.hasFailed) this.log('Notices could not be taken from the store', error);
      this.hasFailed = true;
      return [];
    }
  }

  private log(what: string, error: unknown): void {
    if (this.ended.signal.aborted || error instanceof OperationError) return;
    this.logger.error(what, error instanceof Error ? error.stack : error);
  }

  private async deliver(notice: Taken, account: Account): Promise<void> {
    const target = this.targets.get(notice.target);
    const delivery: Delivery = target
      ? await this.sender.send(notice, target, this.ended.signal)
      : { kind: 'refused', problem: 'it is not configured any more' };
    const { id, attempts, createdAt } = notice;
    if (delivery.kind === 'delivered') {
      if (attempts > 1) this.logger.log(`A notice reached ${notice.target} with try ${attempts}`);
      await account.finish(id, 'delivered', null);
      return;
    }
    const { kind, problem } = delivery;
    if (kind === 'refused' || isTooOld(createdAt, Date.now())) {
      this.logger.error(`A notice for ${notice.target} is given up after try ${attempts}: ${problem}`);
      await account.finish(id, 'refused', problem);
      return;
    }
    if (attempts === 1) this.logger.warn(`A notice for ${notice.target} is tried again: ${problem}`);
    await account.retryAt(id, Date.now() + waitAfter(attempts, delivery.afterMs), problem);
  }

  private readonly inStore: Account = {
    finish: (id, state, problem) => this.rows.finish(id, state, problem, new Date()),
    retryAt: (id, nextAt, problem) => this.rows.retryAt(id, new Date(nextAt), problem),
  };

  private readonly inMemory: Account = {
    finish: (id) => this.unstored.finish(id),
    retryAt: (id, nextAt) => this.unstored.retryAt(id, nextAt),
  };
}
