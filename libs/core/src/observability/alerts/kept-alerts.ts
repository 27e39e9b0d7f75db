import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Store } from '../../store/store.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Alert } from './alert.js';
import { AlertChanges } from './alert-changes.js';
import { AlertNews } from './alert-news.js';
import { AlertRows } from './alert-rows.js';
import { Alerts } from './alerts.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SWEEP_EVERY_MS = 5 * MINUTE_MS;
/** A gateway that wrote no metrics for so long is gone. */
const GONE_AFTER_MS = 15 * MINUTE_MS;
const KEPT_MS = 90 * DAY_MS;

/** Takes up the alerts of the run before, takes gateways that are gone out of theirs, and forgets the old. */
@Injectable()
export class KeptAlerts implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Alert');
  private timer: NodeJS.Timeout | undefined;
  private isTakenUp = false;

  constructor(
    private readonly rows: AlertRows,
    private readonly changes: AlertChanges,
    private readonly alerts: Alerts,
    private readonly news: AlertNews,
    private readonly audit: AuditTrail,
    private readonly store: Store,
  ) {}

  onApplicationBootstrap(): void {
    this.store.onReady(() => {
      // the store counts as ready after its listeners
      if (!this.isTakenUp) setImmediate(() => void this.logged(() => this.takeUp()));
    });
    this.timer = setInterval(() => void this.logged(() => this.sweep(new Date())), SWEEP_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(now: Date): Promise<void> {
    const mine = this.audit.head.replica;
    for (const { alert, gone } of await this.rows.left(new Date(now.getTime() - GONE_AFTER_MS))) {
      const message = `The gateway that saw it is gone. ${alert.message}`;
      for (const by of gone) if (by !== mine) await this.end({ ...alert, message }, now, by);
    }
    // whose end could not be kept
    for (const alert of this.isTakenUp ? await this.rows.openOf(mine) : []) {
      if (!this.alerts.isRaised(alert)) await this.end(alert, now, mine);
    }
    await this.rows.dropOld(new Date(now.getTime() - KEPT_MS));
  }

  private async end(alert: Alert, at: Date, by: string): Promise<void> {
    const change = { alert, state: 'resolved', at, by } as const;
    const { news } = await this.changes.keep(change);
    for (const over of news) this.news.show({ ...change, alert: over });
  }

  private async takeUp(): Promise<void> {
    const open = await this.rows.openOf(this.audit.head.replica);
    if (this.isTakenUp) return;
    this.isTakenUp = true;
    for (const alert of open) this.alerts.goOn(alert);
  }

  private async logged(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof OperationError) return; // the store is away, and says so itself
      this.logger.error('Kept alerts could not be looked at', error instanceof Error ? error.stack : error);
    }
  }
}
