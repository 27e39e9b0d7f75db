import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { OperationError, type Caller } from '#libs/kit';
import { isPlainText } from '../../access/plain-text.js';
import { ApprovalEntity } from '../../store/entities/approval.entity.js';
import { SecretKey } from '../../store/secret-key.js';
import { storableText } from '../../store/storable-text.js';
import { Store } from '../../store/store.js';
import { TextSeal } from '../../store/text-seal.js';
import { isOpen, personOf, type Approval, type ApprovalState, type Decision, type Person } from './approval.js';
import type { KeptOutcome } from './kept-outcome.js';

/** A finished one is shown for this long; the audit has it for longer. */
const KEPT_DAYS = 30;
/** Calls of one caller that may be open at once: a queue that nobody reads helps nobody. */
const MAX_OPEN = 100;

/** What is asked for. */
export type Asked = Pick<Approval, 'id' | 'door' | 'requestId' | 'operation' | 'touches'> & {
  readonly caller: Caller;
  readonly arguments: Record<string, unknown>;
  readonly ttlMs: number;
};

/** Approvals as the store keeps them. Every change of state is one statement that only one of many can win. */
@Injectable()
export class ApprovalRows {
  private readonly seal: TextSeal;

  constructor(
    private readonly store: Store,
    secretKey: SecretKey,
  ) {
    this.seal = new TextSeal(secretKey, 'approvals');
  }

  /** Nothing where it does not exist. */
  async find(id: string): Promise<Approval | undefined> {
    if (!isPlainText(id)) return undefined;
    const { entities, raw } = await this.store.run((manager) =>
      rows(manager)
        .addSelect(STATE_NOW, 'state_now')
        .where('approval.id = :id', { id })
        .getRawAndEntities<{ state_now: ApprovalState }>(),
    );
    const [row] = entities;
    // by the store's clock, by which it is claimed: ours may say that it is good while it is not
    return row && this.opened(row, raw[0]?.state_now);
  }

  /** Which of these wait no longer for a decision. */
  async decided(ids: readonly string[]): Promise<string[]> {
    const found = await this.store.run((manager) =>
      manager.query<{ id: string }[]>(`SELECT id FROM approvals WHERE id = ANY($1) AND state <> 'pending'`, [ids]),
    );
    return found.map(({ id }) => id);
  }

  /** Those that were made after a place in the list, oldest first. */
  async list(count: number, state: ApprovalState | undefined, after: { createdAt: Date; id: string } | undefined) {
    const found = await this.store.run((manager) => {
      const query = rows(manager).take(count);
      if (after) query.andWhere('(approval.createdAt, approval.id) > (:createdAt, :id)', after);
      if (state) query.andWhere(`${STATE_NOW} = :state`, { state });
      return query.getMany();
    });
    return found.map((row) => this.opened(row));
  }

  /**
   * The caller's open approval of this very call, or else a new one. Throws `limited` where too many wait already.
   */
  async ask(asked: Asked): Promise<Approval> {
    const row = await this.store.run((manager) =>
      manager.transaction(async (one) => {
        const { caller, operation } = asked;
        await one.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`approvals of ${caller.id}`]);
        const open = await rows(one)
          .where('approval.callerId = :callerId', { callerId: caller.id })
          .andWhere(`${STATE_NOW} IN ('pending', 'approved', 'running')`)
          .getMany();
        const live = open.filter((each) => isOpen(stateNow(each)));
        const same = live.find((each) => each.operation === operation && this.isOf(each, asked.arguments));
        if (same) return same;
        if (live.length >= MAX_OPEN) throw tooMany();
        return one.save(this.rowOf(asked));
      }),
    );
    return this.opened(row);
  }

  /** Whether it was still to be decided. */
  decide(id: string, decision: Decision, by: Person, note: string | undefined): Promise<boolean> {
    const state = decision === 'approve' ? 'approved' : 'denied';
    return this.change(
      `UPDATE approvals SET state = $2, decided_at = now(), decided_by = $3, note = $4
       WHERE id = $1 AND state = 'pending' AND expires_at > now() RETURNING id`,
      [id, state, JSON.stringify(storablePerson(by)), note === undefined ? null : storableText(note)],
    );
  }

  /** Whether it is ours to run: of all that ask, one is. */
  claim(id: string, forMs: number): Promise<boolean> {
    return this.change(
      `UPDATE approvals SET state = 'running', runs_until = now() + $2 * interval '1 millisecond'
       WHERE id = $1 AND state = 'approved' AND expires_at > now() RETURNING id`,
      [id, Math.round(forMs)],
    );
  }

  /** What was claimed and did not begin. */
  giveBack(id: string): Promise<boolean> {
    return this.change(
      `UPDATE approvals SET state = 'approved', runs_until = NULL WHERE id = $1 AND state = 'running' RETURNING id`,
      [id],
    );
  }

  finish(id: string, outcome: KeptOutcome): Promise<boolean> {
    return this.change(
      `UPDATE approvals SET state = 'done', sealed_outcome = $2 WHERE id = $1 AND state = 'running' RETURNING id`,
      [id, this.seal.seal(JSON.stringify(outcome), `${id} outcome`)],
    );
  }

  outcomeOf({ id, sealedOutcome }: Approval): KeptOutcome | undefined {
    const text = sealedOutcome === undefined ? undefined : this.seal.open(sealedOutcome, `${id} outcome`);
    return text === undefined ? undefined : (JSON.parse(text) as KeptOutcome);
  }

  async dropOld(): Promise<void> {
    await this.store.run((manager) =>
      manager.query(`DELETE FROM approvals WHERE expires_at < now() - $1 * interval '1 day'`, [KEPT_DAYS]),
    );
  }

  private rowOf({ caller, ttlMs, arguments: given, touches, ...asked }: Asked): ApprovalEntity {
    const createdAt = new Date();
    return Object.assign(new ApprovalEntity(), {
      ...asked,
      state: 'pending',
      callerId: caller.id,
      asker: storablePerson(personOf(caller)),
      sealedArguments: this.seal.seal(JSON.stringify(given), asked.id),
      touches: touches.map(storableText),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + ttlMs),
    });
  }

  private isOf({ id, sealedArguments }: ApprovalEntity, given: Record<string, unknown>): boolean {
    const text = this.seal.open(sealedArguments, id);
    return text !== undefined && isSameCall(JSON.parse(text) as Record<string, unknown>, given);
  }

  private async change(statement: string, values: unknown[]): Promise<boolean> {
    const [changed] = await this.store.run((manager) => manager.query<[unknown[], number]>(statement, values));
    return changed.length > 0;
  }

  private opened(row: ApprovalEntity, state = stateNow(row)): Approval {
    const given = this.seal.open(row.sealedArguments, row.id);
    return {
      id: row.id,
      state,
      asker: row.asker as unknown as Person,
      door: row.door,
      requestId: row.requestId,
      operation: row.operation,
      arguments: given === undefined ? undefined : (JSON.parse(given) as Record<string, unknown>),
      touches: row.touches,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
      decidedAt: row.decidedAt ?? undefined,
      decidedBy: (row.decidedBy as unknown as Person | null) ?? undefined,
      note: row.note ?? undefined,
      sealedOutcome: row.sealedOutcome ?? undefined,
    };
  }
}

/** Whether two calls of an operation are the same one: what JSON can tell apart counts, the order of members does not. */
export function isSameCall(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return isDeepStrictEqual(one, JSON.parse(JSON.stringify(other)));
}

/** A token may name its subject by any characters. */
function storablePerson(person: Person): Record<string, string> {
  const members = Object.entries(person) as [string, string][];
  return Object.fromEntries(members.map(([name, text]) => [name, storableText(text)]));
}

function tooMany(): OperationError {
  return new OperationError(
    'limited',
    `${MAX_OPEN} of your calls wait for approval, which is as many as may. Wait until some are answered.`,
    { retryAfterMs: 60_000 },
  );
}

/** Time changes a state by itself; nobody has to write that down. */
const STATE_NOW = `CASE
  WHEN approval.state IN ('pending', 'approved') AND approval.expires_at <= now() THEN 'expired'
  WHEN approval.state = 'running' AND approval.runs_until <= now() THEN 'lost'
  ELSE approval.state END`;

function stateNow({ state, expiresAt, runsUntil }: ApprovalEntity): ApprovalState {
  const now = Date.now();
  if ((state === 'pending' || state === 'approved') && expiresAt.getTime() <= now) return 'expired';
  if (state === 'running' && runsUntil && runsUntil.getTime() <= now) return 'lost';
  return state as ApprovalState;
}

function rows(manager: EntityManager): SelectQueryBuilder<ApprovalEntity> {
  return manager
    .createQueryBuilder(ApprovalEntity, 'approval')
    .orderBy('approval.createdAt', 'ASC')
    .addOrderBy('approval.id', 'ASC');
}
