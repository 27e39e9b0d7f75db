import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../../../store/store.js';
import { sumOf, type MetricsPoint } from './metrics-point.js';
import { HOUR, MINUTE } from './point-rows.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Shown for a day; an hour that gets a late minute is made anew from all of its minutes, of which the oldest is older. */
const MINUTES_KEPT_MS = 2 * DAY_MS;
const HOURS_KEPT_MS = 90 * DAY_MS;
/** Hours of one transaction. */
const BATCH = 50;
/** Any number that nobody else uses for an advisory lock in this database: "mcpmet" as ASCII. */
const LOCK = 0x6d63706d6574;

interface Hour {
  replica: string;
  time: Date;
}

/** Makes hours of minutes, and deletes what is too old. Of many gateways one does it at a time. */
@Injectable()
export class PointRollUp {
  constructor(private readonly store: Store) {}

  async run(now: number): Promise<void> {
    const isDone = (count: number) => count < BATCH;
    while (!isDone(await this.transaction((manager) => this.runOnce(manager, now))));
  }

  /** Answers how many hours it made; 0 too where another gateway is at it. */
  private async runOnce(manager: EntityManager, now: number): Promise<number> {
    const [lock] = await manager.query<{ mine: boolean }[]>('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK]);
    if (lock?.mine !== true) return 0;
    const hours = await manager.query<Hour[]>(
      `SELECT DISTINCT replica, date_trunc('hour', time, 'UTC') AS time FROM metric_points
       WHERE resolution = $1 AND NOT rolled_up AND time < $2 ORDER BY time LIMIT $3`,
      [MINUTE, new Date(Math.floor(now / HOUR_MS) * HOUR_MS), BATCH],
    );
    for (const hour of hours) await this.make(manager, hour);
    const remove = 'DELETE FROM metric_points WHERE resolution = $1 AND time < $2';
    await manager.query(remove, [MINUTE, new Date(now - MINUTES_KEPT_MS)]);
    await manager.query(remove, [HOUR, new Date(now - HOURS_KEPT_MS)]);
    return hours.length;
  }

  private async make(manager: EntityManager, { replica, time }: Hour): Promise<void> {
    const minutes = await manager.query<{ time: Date; point: MetricsPoint }[]>(
      `SELECT time, point FROM metric_points
       WHERE replica = $1 AND resolution = $2 AND time >= $3 AND time < $4 ORDER BY time FOR UPDATE`,
      [replica, MINUTE, time, new Date(time.getTime() + HOUR_MS)],
    );
    await manager.query(
      `INSERT INTO metric_points (replica, resolution, time, point, parts) VALUES ($1, $2, $3, $4, '{}')
       ON CONFLICT (resolution, time, replica) DO UPDATE SET point = excluded.point`,
      [replica, HOUR, time, JSON.stringify(sumOf(minutes.map(({ point }) => point)))],
    );
    await manager.query(
      'UPDATE metric_points SET rolled_up = true WHERE replica = $1 AND resolution = $2 AND time = ANY($3)',
      [replica, MINUTE, minutes.map((minute) => minute.time)],
    );
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.store.run((manager) => manager.transaction(work));
  }
}
