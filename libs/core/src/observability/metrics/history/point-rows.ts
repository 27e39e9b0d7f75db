import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../../../store/store.js';
import { sumOf, type MetricsPoint } from './metrics-point.js';
import type { MinutePart, TimedPoint } from './timed-point.js';

export const MINUTE = 60;
export const HOUR = 3_600;
const MS_PER_SECOND = 1_000;
/** Times of one resolution that are read at once, so that a long history does not hold up others. */
const SLICE = 100;

/** A row, and what went into it. */
export interface StoredPoint extends TimedPoint {
  readonly parts: readonly string[];
}

interface Row {
  time: Date;
  point: MetricsPoint;
  parts: string[];
}

/** The history in the store: a row for each replica, resolution and time. */
@Injectable()
export class PointRows {
  constructor(private readonly store: Store) {}

  /** Adds to a minute; nothing where this part is in it. */
  async add(replica: string, { time, part, point }: MinutePart): Promise<void> {
    const key = [replica, MINUTE, new Date(time)];
    await this.store.run((manager) =>
      manager.transaction(async (one) => {
        const added = await one.query<unknown[]>(
          `INSERT INTO metric_points (replica, resolution, time, point, parts) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING replica`,
          [...key, JSON.stringify(point), [part]],
        );
        if (added.length > 0) return;
        const [row] = await one.query<Row[]>(
          'SELECT time, point, parts FROM metric_points WHERE replica = $1 AND resolution = $2 AND time = $3 FOR UPDATE',
          key,
        );
        if (!row || row.parts.includes(part)) return;
        await one.query(
          `UPDATE metric_points SET point = $4, parts = parts || $5, rolled_up = false
           WHERE replica = $1 AND resolution = $2 AND time = $3`,
          [...key, JSON.stringify(sumOf([row.point, point])), [part]],
        );
      }),
    );
  }

  /**
   * Of all replicas, between two times: minutes; or hours, and the minutes that are in none yet. Given slice by slice, of
   * one unchanging view of the store.
   */
  async read(resolution: number, from: number, to: number, take: (points: StoredPoint[]) => void): Promise<void> {
    const which =
      resolution === MINUTE ? 'resolution = 60' : '(resolution = 3600 OR (resolution = 60 AND NOT rolled_up))';
    const sliceMs = SLICE * resolution * MS_PER_SECOND;
    await this.snapshot(async (manager) => {
      for (let begin = from; begin < to; begin += sliceMs) {
        const rows = await manager.query<Row[]>(
          `SELECT time, point, parts FROM metric_points WHERE ${which} AND time >= $1 AND time < $2`,
          [new Date(begin), new Date(Math.min(to, begin + sliceMs))],
        );
        take(rows.map(({ time, ...row }) => ({ time: time.getTime(), ...row })));
      }
    });
  }

  private snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.store.run((manager) => manager.transaction('REPEATABLE READ', work));
  }
}
