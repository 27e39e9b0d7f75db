import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../../store/store.js';
import type { AuditLine } from './audit-line.js';
import type { SealedStatement } from './checkpoint-seal.js';

/** A line with its hash, as the store has it. */
export interface StoredLine extends AuditLine {
  hash: string;
}

/** As the driver reads it: eight-byte integers come as text, times as dates. */
export interface LineRow extends Omit<StoredLine, 'seq' | 'bytes' | 'tokens' | 'time'> {
  seq: string;
  bytes: string;
  tokens: string;
  /** A number for the two infinities, which nobody writes who means well. */
  time: Date | number;
}

const COLUMNS =
  'replica, seq, hash, time, request_id, caller, caller_kind, caller_subject, on_behalf_of, owner, team, door, address, ' +
  'service, operation, arguments, outcome, error_kind, duration_ms, bytes, tokens';

/** For SELECT, under the names of a line's members. */
export const LINE =
  'replica, seq, hash, time, request_id AS "requestId", caller, caller_kind AS "callerKind", ' +
  'caller_subject AS "callerSubject", on_behalf_of AS "onBehalfOf", owner, team, door, address, service, operation, ' +
  'arguments, outcome, error_kind AS "errorKind", duration_ms AS "durationMs", bytes, tokens';

/** One statement, so that lines and the checkpoint that covers them come together or not at all. */
const ADD = `
  WITH given AS (
    SELECT * FROM json_to_recordset($1::json) AS line (
      replica text, seq bigint, hash text, time timestamptz, "requestId" text, caller text, "callerKind" text,
      "callerSubject" text, "onBehalfOf" text, owner text, team text, door text, address text, service text,
      operation text, arguments json, outcome text, "errorKind" text, "durationMs" double precision, bytes bigint,
      tokens bigint)
  ), added AS (
    INSERT INTO audit_lines (${COLUMNS})
    SELECT replica, seq, hash, time, "requestId", caller, "callerKind", "callerSubject", "onBehalfOf", owner, team, door,
      address, service, operation, coalesce(arguments::text, 'null'), outcome, "errorKind", "durationMs", bytes, tokens
    FROM given
    ON CONFLICT (replica, seq) DO NOTHING
  )
  INSERT INTO audit_checkpoints (replica, kind, number, seq, hash, key_id, signature)
  VALUES ($2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (replica, kind, number) DO UPDATE
  SET seq = excluded.seq, hash = excluded.hash, key_id = excluded.key_id, signature = excluded.signature, made_at = now()
  WHERE audit_checkpoints.seq <= excluded.seq`;

export const CHECKPOINT_COLUMNS = 'replica, kind, number, seq, hash, key_id AS "keyId", signature';

/** The account in the store: what is written to it and how its rows are read. */
@Injectable()
export class AuditStore {
  constructor(private readonly store: Store) {}

  /** Adds lines, given as a JSON array, with their checkpoint; such as are there already stay as they are. */
  async add(lines: string | Buffer, checkpoint: SealedStatement): Promise<void> {
    const { replica, kind, number, seq, hash, keyId, signature } = checkpoint;
    const values = [lines, replica, kind, number, seq, hash, keyId, signature];
    await this.store.run((manager) => manager.query(ADD, values));
  }

  /** How far a chain has come in the store, and its last checkpoint's number; both 0 for a new one. */
  async reached(replica: string): Promise<{ seq: number; number: number }> {
    const sql = 'SELECT max(seq) AS seq, max(number) AS number FROM audit_checkpoints WHERE replica = $1';
    const [row] = await this.query<{ seq: string | null; number: string | null }>(sql, [replica]);
    return { seq: Number(row?.seq ?? 0), number: Number(row?.number ?? 0) };
  }

  /** Hashes of a chain's lines by their numbers, from `first` to `last`. */
  async hashes(replica: string, first: number, last: number): Promise<Map<number, string>> {
    const sql = 'SELECT seq, hash FROM audit_lines WHERE replica = $1 AND seq BETWEEN $2 AND $3';
    const rows = await this.query<{ seq: string; hash: string }>(sql, [replica, first, last]);
    return new Map(rows.map(({ seq, hash }) => [Number(seq), hash]));
  }

  query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return this.store.run((manager) => manager.query<T[]>(sql, values));
  }

  /** Runs `work` on one unchanging view of the store. */
  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.store.run((manager) => manager.transaction('REPEATABLE READ', work));
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.store.run((manager) => manager.transaction(work));
  }
}

/** A row as the line that was written. */
export function lineOf(row: LineRow): StoredLine {
  const { seq, bytes, tokens } = row;
  const time = new Date(row.time);
  return {
    ...row,
    seq: Number(seq),
    bytes: Number(bytes),
    tokens: Number(tokens),
    time: Number.isNaN(time.getTime()) ? String(row.time) : time.toISOString(),
  };
}

/** As the driver gives it. */
export type CheckpointRow = Omit<SealedStatement, 'number' | 'seq'> & { number: string; seq: string };

/** A chain's checkpoints: first the cut, where there is one, then the heads in their order. */
export async function checkpointsOf(manager: EntityManager, replica: string): Promise<SealedStatement[]> {
  const sql = `SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints WHERE replica = $1 ORDER BY kind, audit_checkpoints.number`;
  const rows = await manager.query<CheckpointRow[]>(sql, [replica]);
  return rows.map((row) => ({ ...row, number: Number(row.number), seq: Number(row.seq) }));
}
