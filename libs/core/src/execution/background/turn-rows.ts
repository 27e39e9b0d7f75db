import { Injectable } from '@nestjs/common';
import { Store } from '../../store/store.js';
import type { KeptOutcome } from '../approvals/kept-outcome.js';
import type { KeptCall, Progress, TakenCall } from './background-call.js';
import { BackgroundSettings } from './background.settings.js';
import { CallsHere } from './calls-here.js';
import { SealedCalls } from './sealed-calls.js';
import { STUCK, UNDECIDED } from './states-in-sql.js';

const TAKE = `
  UPDATE background_calls SET state = 'running', attempt = attempt + 1, losses = losses + (state = 'running')::int,
    due_at = now() + $1 * interval '1 millisecond', started_at = now()
  WHERE id = (
    SELECT id FROM background_calls due
    WHERE state IN ('waiting', 'running') AND due_at <= now() AND caller_id <> ALL ($2)
      AND (state = 'waiting' AND expires_at > now() AND (approval IS NULL OR NOT ${UNDECIDED})
        OR state = 'running' AND id <> ALL ($3) AND NOT ${STUCK})
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, attempt, operation, caller_id, sealed_call, repeatable, began, approval, sealed_checkpoint`;

interface TakenRow {
  id: string;
  attempt: number;
  operation: string;
  caller_id: string;
  sealed_call: string;
  repeatable: boolean;
  began: boolean;
  approval: string | null;
  sealed_checkpoint: string | null;
}

/** One run of a call. */
export type Turn = Pick<TakenCall, 'id' | 'attempt'>;

/** What is left of a run that goes on. */
export interface Renewed {
  readonly id: string;
  readonly attempt: number;
  readonly cancelled: boolean;
}

/**
 * Who runs which call. A gateway has a call as long as it goes on saying so, and each statement here is of one run of it:
 * once another gateway has taken the call, none of them finds anything.
 */
@Injectable()
export class TurnRows {
  constructor(
    private readonly store: Store,
    private readonly sealed: SealedCalls,
    private readonly settings: BackgroundSettings,
    private readonly here: CallsHere,
  ) {}

  /** The one that has been due the longest, also of a gateway that is gone, but for those of some callers. */
  async take(except: readonly string[]): Promise<TakenCall | undefined> {
    const [row] = await this.change<TakenRow>(TAKE, [this.settings.leaseMs, except, this.here.alive]);
    if (!row) return undefined;
    const { id, attempt, operation, repeatable, began } = row;
    return {
      ...{ id, attempt, operation, repeatable, began },
      callerId: row.caller_id,
      call: this.sealed.open(id, 'call', row.sealed_call) as KeptCall | undefined,
      approval: row.approval ?? undefined,
      checkpoint: this.sealed.open(id, 'checkpoint', row.sealed_checkpoint),
    };
  }

  /** Whether the operation may begin to run; of all gateways that believe to have the call, one may. */
  async begin({ id, attempt }: Turn): Promise<boolean> {
    const begun = await this.change(
      `UPDATE background_calls SET began = true
       WHERE id = $1 AND attempt = $2 AND state = 'running' AND due_at > now() AND NOT cancelled RETURNING id`,
      [id, attempt],
    );
    return begun.length > 0;
  }

  /**
   * The same for a call that a person has approved: its approval is used in the very moment in which the operation may
   * begin, or neither happens. `used` where the approval is nobody's to use, or somebody else's.
   */
  async beginApproved({ id, attempt }: Turn, approval: string, forMs: number): Promise<'begun' | 'not ours' | 'used'> {
    const [found] = await this.store.run((manager) =>
      manager.query<[{ open: boolean; begun: boolean }]>(
        `WITH open AS (
           SELECT id FROM approvals WHERE id = $3 AND state = 'approved' AND expires_at > now() FOR UPDATE),
         turn AS (
           UPDATE background_calls SET began = true, approval = $3
           WHERE id = $1 AND attempt = $2 AND state = 'running' AND due_at > now() AND NOT cancelled
             AND EXISTS (SELECT FROM open) RETURNING id),
         claimed AS (
           UPDATE approvals SET state = 'running', runs_until = now() + $4 * interval '1 millisecond'
           WHERE id = $3 AND EXISTS (SELECT FROM turn) RETURNING id)
         SELECT EXISTS (SELECT FROM open) AS open, EXISTS (SELECT FROM claimed) AS begun`,
        [id, attempt, approval, Math.round(forMs)],
      ),
    );
    if (found.begun) return 'begun';
    return found.open ? 'not ours' : 'used';
  }

  /** Of a run that may have begun and whose operation did not: as it was, with its approval still to be used. */
  async unbegin({ id, attempt }: Turn): Promise<void> {
    await this.change(
      `WITH unbegun AS (
         UPDATE background_calls SET began = false
         WHERE id = $1 AND attempt = $2 AND state = 'running' AND began AND approval IS NOT NULL RETURNING approval)
       UPDATE approvals SET state = 'approved', runs_until = NULL FROM unbegun
       WHERE approvals.id = unbegun.approval AND approvals.state = 'running' RETURNING approvals.id`,
      [id, attempt],
    );
  }

  async keepCheckpoint({ id, attempt }: Turn, checkpoint: unknown): Promise<void> {
    await this.change(
      `UPDATE background_calls SET sealed_checkpoint = $3
       WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [id, attempt, this.sealed.seal(id, 'checkpoint', checkpoint)],
    );
  }

  /** Says that they still run, and how far they are; answers those that are still ours. */
  renew(running: readonly (Turn & { progress: Progress | undefined })[]): Promise<Renewed[]> {
    // sealed: it may be what a program says, with characters too that a text of the store can't have
    const told = running.map(({ id, attempt, progress }) => ({
      id,
      attempt,
      ...(progress && { progress: this.sealed.seal(id, 'progress', progress) }),
    }));
    return this.change<Renewed>(
      `UPDATE background_calls call
       SET due_at = now() + $1 * interval '1 millisecond', progress = coalesce(told.progress, call.progress)
       FROM jsonb_to_recordset($2) AS told (id text, attempt integer, progress jsonb)
       WHERE call.id = told.id AND call.attempt = told.attempt AND call.state = 'running'
       RETURNING call.id, call.attempt, call.cancelled`,
      [this.settings.leaseMs, JSON.stringify(told)],
    );
  }

  async finish(
    { id, attempt }: Turn,
    state: 'done' | 'failed' | 'cancelled' | 'interrupted',
    outcome?: KeptOutcome,
  ): Promise<void> {
    await this.change(
      `UPDATE background_calls SET state = $3, sealed_outcome = $4, ended_at = now(), sealed_call = '', sealed_checkpoint = NULL,
         expires_at = now() + $5 * interval '1 millisecond'
       WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [id, attempt, state, outcome ? this.sealed.seal(id, 'outcome', outcome) : null, this.settings.ttlMs],
    );
  }

  /** Leaves it to any gateway, from then on. */
  async giveBack({ id, attempt }: Turn, inMs: number, approval?: string): Promise<void> {
    await this.change(
      `UPDATE background_calls SET state = CASE WHEN cancelled THEN 'cancelled' ELSE 'waiting' END,
         ended_at = CASE WHEN cancelled THEN now() END, due_at = now() + $3 * interval '1 millisecond',
         approval = coalesce($4, approval),
         expires_at = CASE WHEN began THEN greatest(expires_at, now() + $5 * interval '1 millisecond') ELSE expires_at END
       WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [id, attempt, Math.round(inMs), approval ?? null, this.settings.ttlMs],
    );
  }

  private async change<T = unknown>(statement: string, values: unknown[]): Promise<T[]> {
    const [rows] = await this.store.run((manager) => manager.query<[T[], number]>(statement, values));
    return rows;
  }
}
