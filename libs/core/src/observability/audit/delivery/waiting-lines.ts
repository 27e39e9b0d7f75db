import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditStore, LINE, lineOf, type LineRow, type StoredLine } from '../audit-store.js';
import { replicasIn } from '../audit-verifier.js';

const LINES_OF_A_CHAIN = 500;
const MOST_LINES = 2_000;

/** Each chain is sent in its order, from where it was left. */
const WAITING = `
  SELECT line.*, place.seq AS delivered
  FROM unnest($2::text[]) AS chain (replica)
  LEFT JOIN audit_deliveries place ON place.sink = $1 AND place.replica = chain.replica
  CROSS JOIN LATERAL (
    SELECT ${LINE} FROM audit_lines
    WHERE audit_lines.replica = chain.replica AND audit_lines.seq > coalesce(place.seq, 0)
    ORDER BY audit_lines.seq LIMIT ${LINES_OF_A_CHAIN}
  ) line
  ORDER BY line.replica, line.seq LIMIT ${MOST_LINES}`;

const MOVE_ON = `
  INSERT INTO audit_deliveries (sink, replica, seq) VALUES ($1, $2, $3)
  ON CONFLICT (sink, replica) DO UPDATE SET seq = excluded.seq, delivered_at = now()`;

/** Writes to the place, and leaves it where it is: the line before the first that waits. */
const STAY = `
  INSERT INTO audit_deliveries (sink, replica, seq) VALUES ($1, $2, $3)
  ON CONFLICT (sink, replica) DO UPDATE SET seq = audit_deliveries.seq`;

export interface Waiting {
  lines: StoredLine[];
  /** How many were deleted, by their age, before they were sent. */
  lost: number;
}

/** What a sink has not taken yet. Its place in each chain is in the store: no restart and no other gateway changes it. */
@Injectable()
export class WaitingLines {
  constructor(private readonly store: AuditStore) {}

  /**
   * Has `work` send lines, and moves on by as many of the first as it answers, which is the answer. While another gateway is
   * at it, that is undefined. Nothing is sent where the places can't be written: it would be sent again and again.
   */
  take(sink: string, work: (waiting: Waiting) => Promise<number>): Promise<number | undefined> {
    return this.store.transaction(async (manager) => {
      const [lock] = await manager.query<{ mine: boolean }[]>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
        [`mcp-gateway audit to ${sink}`],
      );
      if (lock?.mine !== true) return undefined;
      // while a collector takes its time
      await manager.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      const waiting = await this.find(manager, sink);
      const begins = new Map(waiting.lines.toReversed().map(({ replica, seq }) => [replica, seq]));
      for (const [replica, seq] of begins) await manager.query(STAY, [sink, replica, seq - 1]);
      const taken = await work(waiting);
      const ends = new Map(waiting.lines.slice(0, taken).map(({ replica, seq }) => [replica, seq]));
      for (const [replica, seq] of ends) await manager.query(MOVE_ON, [sink, replica, seq]);
      return taken;
    });
  }

  private async find(manager: EntityManager, sink: string): Promise<Waiting> {
    const rows = await manager.query<(LineRow & { delivered: string | null })[]>(WAITING, [
      sink,
      await replicasIn(manager),
    ]);
    let lost = 0;
    let before: StoredLine | undefined;
    const lines = rows.map(({ delivered, ...row }) => {
      const line = lineOf(row);
      if (line.replica !== before?.replica && delivered !== null) lost += line.seq - Number(delivered) - 1;
      before = line;
      return line;
    });
    return { lines, lost };
  }
}
