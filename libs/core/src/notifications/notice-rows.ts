import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../store/store.js';
import type { Notice } from './notice.js';

const DAY_MS = 86_400_000;
const KEPT_MS = 90 * DAY_MS;
/** Taken at once; each has this long to be delivered before another gateway may try. */
const BATCH = 10;
const LEASE_MS = 60_000;

/** A notice that is ours to deliver now. */
export interface Taken extends Notice {
  /** This one included. */
  readonly attempts: number;
}

/** How a notice stands, for people. */
export interface NoticeState {
  readonly target: string;
  readonly topic: string;
  readonly news: string;
  readonly state: 'waiting' | 'delivered' | 'refused' | 'withdrawn';
  readonly attempts: number;
  /** Of the last try. */
  readonly problem: string | null;
  readonly doneAt: Date | null;
}

/** Notices in the store, which several gateways deliver: each is taken by one of them at a time. */
@Injectable()
export class NoticeRows {
  constructor(private readonly store: Store) {}

  /** In the transaction of what it tells of. */
  async add(manager: EntityManager, { id, target, topic, news, body, createdAt, notBefore }: Notice): Promise<void> {
    await manager.query(
      `INSERT INTO notices (id, target, topic, news, body, created_at, next_at, state, attempts)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0) ON CONFLICT DO NOTHING`,
      [id, target, topic, news, JSON.stringify(body), createdAt, notBefore ?? createdAt],
    );
  }

  /** Those that are due, but for those that must wait for an earlier one of their topic. */
  async take(targets: readonly string[], now: Date): Promise<Taken[]> {
    const [rows] = await this.store.run((manager) =>
      manager.query<[Taken[], number]>(
        `UPDATE notices SET attempts = attempts + 1, next_at = $2
         WHERE id IN (
           SELECT id FROM notices due
           WHERE state = 'waiting' AND next_at <= $1 AND target = ANY($3) AND NOT EXISTS (
             SELECT FROM notices earlier WHERE earlier.state = 'waiting' AND earlier.topic = due.topic
               AND earlier.target = due.target AND earlier.created_at < due.created_at)
           ORDER BY created_at LIMIT $4 FOR UPDATE SKIP LOCKED)
         RETURNING id, target, topic, news, body, created_at AS "createdAt", attempts`,
        [now, new Date(now.getTime() + LEASE_MS), targets, BATCH],
      ),
    );
    return rows;
  }

  async finish(id: string, state: 'delivered' | 'refused', problem: string | null, now: Date): Promise<void> {
    await this.run(`UPDATE notices SET state = $2, problem = $3, done_at = $4 WHERE id = $1`, [
      id,
      state,
      problem,
      now,
    ]);
  }

  async retryAt(id: string, nextAt: Date, problem: string): Promise<void> {
    await this.run(`UPDATE notices SET next_at = $2, problem = $3 WHERE id = $1`, [id, nextAt, problem]);
  }

  /** What waits of a topic is not sent before this time. */
  async postpone(manager: EntityManager, topic: string, until: Date): Promise<void> {
    await manager.query(`UPDATE notices SET next_at = $2 WHERE topic = $1 AND state = 'waiting'`, [topic, until]);
  }

  /** What waits of a topic is not sent at all; answers for which targets. */
  async withdraw(manager: EntityManager, topic: string, now: Date): Promise<string[]> {
    const [rows] = await manager.query<[{ target: string }[], number]>(
      `UPDATE notices SET state = 'withdrawn', done_at = $2 WHERE topic = $1 AND state = 'waiting' RETURNING target`,
      [topic, now],
    );
    return rows.map(({ target }) => target);
  }

  async ofTopics(topics: readonly string[]): Promise<NoticeState[]> {
    return this.store.run((manager) =>
      manager.query(
        `SELECT target, topic, news, state, attempts, problem, done_at AS "doneAt" FROM notices
         WHERE topic = ANY($1) ORDER BY created_at, target`,
        [topics],
      ),
    );
  }

  async dropOld(now: Date): Promise<void> {
    await this.run('DELETE FROM notices WHERE created_at < $1', [new Date(now.getTime() - KEPT_MS)]);
  }

  private run(statement: string, values: unknown[]): Promise<unknown> {
    return this.store.run((manager) => manager.query<unknown>(statement, values));
  }
}
