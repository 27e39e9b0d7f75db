import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Notices } from '../../notifications/notices.js';
import { isRefusedForGood } from '../../store/connection-errors.js';
import { Store } from '../../store/store.js';
import type { Alert, AlertChange } from './alert.js';
import { AlertChanges } from './alert-changes.js';
import { AlertChannels } from './channels/alert-channels.js';

const MAX_WAITING = 1_000;
const LAST_WRITING_MS = 1_000;
/** A store that is there and takes nothing tells nobody when it does again. */
const AGAIN_AFTER_MS = 5_000;

interface Entry {
  readonly change: AlertChange;
  isTold: boolean;
}

/**
 * Brings changes of alerts into the store, in their order. While that is away, or takes nothing, people are told all the
 * same, of what one gateway alone can know.
 */
@Injectable()
export class AlertJournal implements OnApplicationShutdown {
  private readonly logger = new Logger('Alert');
  private readonly queue: Entry[] = [];
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private hasFailed = false;
  private tellNews: (change: AlertChange) => void = () => undefined;
  private tellJoined: (alert: Alert) => void = () => undefined;

  constructor(
    private readonly changes: AlertChanges,
    private readonly channels: AlertChannels,
    private readonly notices: Notices,
    store: Store,
  ) {
    // the store counts as ready after its listeners
    store.onReady(() => {
      setImmediate(() => void this.write());
    });
  }

  /** `listener` is told of each change that is news, whether the store knows of it or is away. */
  onNews(listener: (change: AlertChange) => void): void {
    this.tellNews = listener;
  }

  /** `listener` is told where something was raised of which there was an alert already. */
  onJoined(listener: (alert: Alert) => void): void {
    this.tellJoined = listener;
  }

  note(change: AlertChange): void {
    this.queue.push({ change, isTold: false });
    if (this.queue.length > MAX_WAITING) this.queue.shift();
    void this.write();
  }

  async onApplicationShutdown(): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.write(), sleep(LAST_WRITING_MS, undefined, { signal: over.signal })]);
    over.abort();
    clearTimeout(this.timer);
  }

  private write(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    clearTimeout(this.timer);
    for (let [next] = this.queue; next; [next] = this.queue) {
      try {
        await this.keep(next);
        this.hasFailed = false;
      } catch (error) {
        this.log(error);
        if (!isRefusedForGood(error)) {
          this.tellWithoutStore();
          this.timer = setTimeout(() => void this.write(), AGAIN_AFTER_MS).unref();
          return;
        }
        if (!next.isTold) this.tellNews(next.change);
      }
      if (this.queue[0] === next) this.queue.shift();
    }
  }

  /** Of several failures in a row the first; a store that is away says so itself. */
  private log(error: unknown): void {
    if (!this.hasFailed && !(error instanceof OperationError)) {
      this.logger.error('An alert could not be kept', error instanceof Error ? error.stack : error);
    }
    this.hasFailed = true;
  }

  private async keep({ change, isTold }: Entry): Promise<void> {
    const { news, joined } = await this.changes.keep(change, isTold);
    if (joined) this.tellJoined(joined);
    if (!isTold) for (const alert of news) this.tellNews({ ...change, alert });
  }

  private tellWithoutStore(): void {
    for (const entry of this.queue) {
      if (entry.isTold || !this.isCertain(entry.change)) continue;
      const { alert, state, at } = entry.change;
      this.tellNews(entry.change);
      for (const notice of this.channels.noticesOf(alert, state, at)) this.notices.addUnstored(notice);
      entry.isTold = true;
    }
  }

  /** Of what the store knows others may see the same, so that only it can tell whether it is over. */
  private isCertain({ alert: { id, subject }, state }: AlertChange): boolean {
    const isUnknown = () => this.queue.some(({ change }) => change.state === 'raised' && change.alert.id === id);
    return subject === undefined || state === 'raised' || isUnknown();
  }
}
