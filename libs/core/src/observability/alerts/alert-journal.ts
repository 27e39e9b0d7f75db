import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Notices } from '../../notifications/notices.js';
import { Store } from '../../store/store.js';
import type { AlertChange } from './alert.js';
import { AlertRows } from './alert-rows.js';
import { AlertChannels } from './channels/alert-channels.js';

const MAX_WAITING = 1_000;
const LAST_WRITING_MS = 1_000;

interface Entry {
  readonly change: AlertChange;
  isTold: boolean;
}

/** Brings changes of alerts into the store, in their order. While that is away people are told all the same. */
@Injectable()
export class AlertJournal implements OnApplicationShutdown {
  private readonly logger = new Logger('Alert');
  private readonly queue: Entry[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly rows: AlertRows,
    private readonly channels: AlertChannels,
    private readonly notices: Notices,
    store: Store,
  ) {
    // the store counts as ready after its listeners
    store.onReady(() => {
      setImmediate(() => void this.write());
    });
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
  }

  private write(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    for (let [next] = this.queue; next; [next] = this.queue) {
      try {
        await this.rows.keep(next.change, next.isTold);
      } catch (error) {
        if (error instanceof OperationError) {
          this.tellWithoutStore();
          return;
        }
        this.logger.error('An alert could not be kept', error instanceof Error ? error.stack : error);
      }
      if (this.queue[0] === next) this.queue.shift();
    }
  }

  private tellWithoutStore(): void {
    for (const entry of this.queue.filter(({ isTold }) => !isTold)) {
      const { alert, state, at } = entry.change;
      for (const notice of this.channels.noticesOf(alert, state, at)) this.notices.addUnstored(notice);
      entry.isTold = true;
    }
  }
}
