import { Injectable } from '@nestjs/common';
import { AlertEntity } from '../../store/entities/alert.entity.js';
import { Store } from '../../store/store.js';
import { alertOf, SEEN_BY, type Alert, type AlertState } from './alert.js';

interface Place {
  readonly createdAt: Date;
  readonly id: string;
}

/** Alerts in the store. */
@Injectable()
export class AlertRows {
  constructor(private readonly store: Store) {}

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

  /** Those that a gateway sees and that are not over. */
  async openOf(replica: string): Promise<Alert[]> {
    const rows = await this.store.run((manager) =>
      manager
        .createQueryBuilder(AlertEntity, 'alert')
        .where(`alert.state = 'raised'`)
        .andWhere(SEEN_BY, { replica })
        .getMany(),
    );
    return rows.map(alertOf);
  }

  /** Those whose gateway is gone: nothing was seen of it since a time. */
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
}
