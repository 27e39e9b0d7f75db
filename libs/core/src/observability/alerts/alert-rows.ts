import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
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

  /** Those that gateways are said to see of which nothing was seen since a time, and these gateways. */
  async left(since: Date): Promise<{ alert: Alert; gone: readonly string[] }[]> {
    return this.store.run(async (manager) => {
      const found = await manager.query<{ id: string; gone: string[] }[]>(
        `SELECT id, array_agg(observer) AS gone
         FROM alerts, unnest(replica || also_seen_by) AS observer
         WHERE state = 'raised' AND coalesce(joined_at, raised_at) < $1
           AND NOT EXISTS (SELECT FROM metric_points seen
             WHERE seen.replica = observer AND seen.resolution = 60 AND seen.time > $1)
         GROUP BY id`,
        [since],
      );
      const goneOf = new Map(found.map(({ id, gone }) => [id, gone]));
      const rows = await manager.findBy(AlertEntity, { id: In([...goneOf.keys()]) });
      return rows.map((row) => ({ alert: alertOf(row), gone: goneOf.get(row.id) ?? [] }));
    });
  }

  async dropOld(before: Date): Promise<void> {
    await this.store.run((manager) =>
      manager.query(`DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < $1`, [before]),
    );
  }
}
