import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NoticeRows } from '../../notifications/notice-rows.js';
import { AlertEntity } from '../../store/entities/alert.entity.js';
import { Store } from '../../store/store.js';
import { alertOf, type Alert, type AlertChange, type AlertState } from './alert.js';
import { AlertChannels, topicOf } from './channels/alert-channels.js';

interface Place {
  readonly createdAt: Date;
  readonly id: string;
}

/** Alerts in the store. What is told of a change is written with the change. */
@Injectable()
export class AlertRows {
  constructor(
    private readonly store: Store,
    private readonly notices: NoticeRows,
    private readonly channels: AlertChannels,
  ) {}

  /** Answers whether it was news. `isTold`: people know of it already. */
  keep(change: AlertChange, isTold = false): Promise<boolean> {
    return this.store.run((manager) =>
      manager.transaction((one) =>
        change.state === 'raised' ? this.add(one, change, isTold) : this.end(one, change, isTold),
      ),
    );
  }

  /** The newest first. */
  list(count: number, state: AlertState | undefined, after: Place | undefined): Promise<AlertEntity[]> {
    return this.store.run((manager) => {
      const query = manager.createQueryBuilder(AlertEntity, 'alert').take(count);
      query.orderBy('alert.raisedAt', 'DESC').addOrderBy('alert.id', 'DESC');
      if (state) query.andWhere('alert.state = :state', { state });
      if (after) query.andWhere('(alert.raisedAt, alert.id) < (:createdAt, :id)', after);
      return query.getMany();
    });
  }

  /** Those that a gateway has raised and that are not over. */
  async openOf(replica: string): Promise<Alert[]> {
    const rows = await this.store.run((manager) => manager.findBy(AlertEntity, { replica, state: 'raised' }));
    return rows.map(alertOf);
  }

  /** Those of gateways of which nothing was seen since a time. */
  async left(since: Date): Promise<Alert[]> {
    const rows = await this.store.run((manager) =>
      manager
        .createQueryBuilder(AlertEntity, 'alert')
        .where(`alert.state = 'raised' AND alert.raisedAt < :since`, { since })
        .andWhere(
          `NOT EXISTS (SELECT FROM metric_points seen
             WHERE seen.replica = alert.replica AND seen.resolution = 60 AND seen.time > :since)`,
        )
        .getMany(),
    );
    return rows.map(alertOf);
  }

  async dropOld(before: Date): Promise<void> {
    await this.store.run((manager) =>
      manager.query(`DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < $1`, [before]),
    );
  }

  /** A silence holds for whatever the same rule says of the same thing. */
  private async add(manager: EntityManager, { alert, at }: AlertChange, isTold: boolean): Promise<boolean> {
    const { id, rule, subject = null, replica, severity, message, value, threshold, raisedAt } = alert;
    const [silence] = await manager.query<{ until: Date; by: string }[]>(
      `SELECT silenced_until AS until, silenced_by AS by FROM alerts
       WHERE rule = $1 AND subject IS NOT DISTINCT FROM $2 AND silenced_until > $3 ORDER BY silenced_until DESC LIMIT 1`,
      [rule, subject, at],
    );
    const added = await manager.query<unknown[]>(
      `INSERT INTO alerts (id, rule, subject, replica, state, severity, message, value, threshold, raised_at,
         silenced_until, silenced_by)
       VALUES ($1, $2, $3, $4, 'raised', $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING id`,
      [id, rule, subject, replica, severity, message, value, threshold, raisedAt, silence?.until, silence?.by],
    );
    if (added.length === 0) return false;
    if (isTold) return true;
    for (const notice of this.channels.noticesOf(alert, 'raised', at)) {
      await this.notices.add(manager, { ...notice, notBefore: silence?.until });
    }
    return true;
  }

  private async end(manager: EntityManager, { alert, at }: AlertChange, isTold: boolean): Promise<boolean> {
    const [ended] = await manager.query<[{ until: Date | null }[], number]>(
      `UPDATE alerts SET state = 'resolved', resolved_at = $2 WHERE id = $1 AND state = 'raised'
       RETURNING silenced_until AS until`,
      [alert.id, at],
    );
    const [row] = ended;
    if (!row) return false;
    if (isTold) return true;
    const isSilenced = row.until !== null && row.until > at;
    const withdrawn = isSilenced ? await this.notices.withdraw(manager, topicOf(alert), at) : [];
    // an incident that PagerDuty has opened must not stay open; that pages nobody
    const isHeard = (channel: string) => !isSilenced || (channel === 'pagerduty' && !withdrawn.includes(channel));
    for (const notice of this.channels.noticesOf(alert, 'resolved', at, isHeard))
      await this.notices.add(manager, notice);
    return true;
  }
}
