import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { BackgroundState } from '#libs/kit';
import { BackgroundCallEntity } from '../../store/entities/background-call.entity.js';
import { Store } from '../../store/store.js';
import type { KeptOutcome } from '../approvals/kept-outcome.js';
import { newTicket, type BackgroundCall, type KeptCall, type Progress } from './background-call.js';
import { BackgroundSettings } from './background.settings.js';
import { requireRoom } from './caller-room.js';
import { CallsHere } from './calls-here.js';
import { SealedCalls } from './sealed-calls.js';
import { stateNow, STUCK, UNDECIDED } from './states-in-sql.js';

/** A call to be run. */
export interface Asked {
  readonly callerId: string;
  readonly operation: string;
  readonly call: KeptCall;
  readonly repeatable: boolean;
  readonly ttlMs: number;
}

/** How many wait to be run, and how many run, at all replicas. */
export interface Depth {
  readonly waiting: number;
  readonly running: number;
  /** For how long the oldest has been due that no person has to approve first, in seconds. */
  readonly oldestSeconds: number;
}

/** Calls in the background as their callers see them. */
@Injectable()
export class BackgroundRows {
  constructor(
    private readonly store: Store,
    private readonly sealed: SealedCalls,
    private readonly settings: BackgroundSettings,
    private readonly here: CallsHere,
  ) {}

  /**
   * The caller's open call that is this very one, or else a new one. Throws `limited` where too many are open, or too much
   * of them is kept.
   */
  async add(asked: Asked): Promise<BackgroundCall> {
    const { callerId, operation, call } = asked;
    const { alive } = this.here;
    const row = await this.store.run((manager) =>
      manager.transaction(async (one) => {
        // the store's clock, by which it is taken
        const [{ now }] = await one.query<[{ now: Date }]>(
          'SELECT now(), pg_advisory_xact_lock(hashtextextended($1, 0))',
          [`background calls of ${callerId}`],
        );
        const digests = this.sealed.digests(callerId, operation, call.arguments);
        const same = await rows(one)
          .where(`call.callDigest IN (:...digests) AND call.state IN ('waiting', 'running')`, { digests })
          .andWhere(`${stateNow(':alive')} IN ('waiting', 'running') AND NOT call.cancelled`, { alive })
          .getOne();
        if (same) return same;
        const added = this.rowOf(asked, digests[0], now);
        await requireRoom(one, callerId, added.sealedCall.length, this.settings.keptBytes, alive);
        return one.save(added);
      }),
    );
    return this.opened(row, row.state);
  }

  /** Nothing where the caller has no such call, or it is over for too long. */
  async find(id: string, callerId: string): Promise<BackgroundCall | undefined> {
    const { entities, raw } = await this.store.run((manager) =>
      rows(manager)
        .addSelect(stateNow(':alive'), 'state_now')
        .where('call.id = :id AND call.callerId = :callerId', { id, callerId, alive: this.here.alive })
        .getRawAndEntities<{ state_now: string }>(),
    );
    const [row] = entities;
    return row && this.opened(row, raw[0]?.state_now ?? row.state);
  }

  /** Whether there was something to end: what waits does so at once, what runs when its gateway hears of it. */
  async cancel(id: string, callerId: string, keepMs: number): Promise<boolean> {
    const [changed] = await this.store.run((manager) =>
      manager.query<[unknown[], number]>(
        `UPDATE background_calls SET cancelled = true,
           state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
           ended_at = CASE state WHEN 'waiting' THEN now() END,
           sealed_call = CASE state WHEN 'waiting' THEN '' ELSE sealed_call END,
           expires_at = now() + $3 * interval '1 millisecond'
         WHERE id = $1 AND caller_id = $2 AND state IN ('waiting', 'running') RETURNING id`,
        [id, callerId, keepMs],
      ),
    );
    return changed.length > 0;
  }

  async depth(): Promise<Depth> {
    const [depth] = await this.store.run((manager) =>
      manager.query<Depth[]>(
        `SELECT count(*) FILTER (WHERE state = 'waiting')::int AS waiting,
           count(*) FILTER (WHERE state = 'running' AND due_at > now())::int AS running,
           coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now()
             AND (state = 'running' OR approval IS NULL OR NOT ${UNDECIDED}))), 0)::float8 AS "oldestSeconds"
         FROM background_calls due WHERE state IN ('waiting', 'running') AND expires_at > now() AND NOT ${STUCK}`,
      ),
    );
    return depth ?? { waiting: 0, running: 0, oldestSeconds: 0 };
  }

  async dropExpired(): Promise<void> {
    await this.store.run((manager) =>
      manager.query(
        `DELETE FROM background_calls
         WHERE expires_at < now() - interval '1 day' AND (state <> 'running' OR due_at <= now() AND id <> ALL ($1))`,
        [this.here.alive],
      ),
    );
  }

  private rowOf(
    { callerId, operation, call, repeatable, ttlMs }: Asked,
    callDigest: string,
    createdAt: Date,
  ): BackgroundCallEntity {
    const id = newTicket();
    return Object.assign(new BackgroundCallEntity(), {
      id,
      state: 'waiting',
      callerId,
      operation,
      sealedCall: this.sealed.seal(id, 'call', call),
      callDigest,
      repeatable,
      attempt: 0,
      losses: 0,
      began: false,
      dueAt: createdAt,
      cancelled: false,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + ttlMs),
    });
  }

  private opened(row: BackgroundCallEntity, state: string): BackgroundCall {
    const { id, operation, approval, createdAt, startedAt, endedAt, expiresAt } = row;
    return {
      id,
      state: state as BackgroundState,
      operation,
      approval: approval ?? undefined,
      progress: this.sealed.open(id, 'progress', row.progress) as Progress | undefined,
      outcome: this.sealed.open(id, 'outcome', row.sealedOutcome) as KeptOutcome | undefined,
      createdAt,
      startedAt: startedAt ?? undefined,
      endedAt: endedAt ?? undefined,
      expiresAt,
    };
  }
}

function rows(manager: EntityManager): SelectQueryBuilder<BackgroundCallEntity> {
  return manager.createQueryBuilder(BackgroundCallEntity, 'call');
}
