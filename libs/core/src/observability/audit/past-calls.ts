import { Injectable } from '@nestjs/common';
import { AuditStore } from './audit-store.js';
import { ADMINISTRATION } from './audited-acts.js';
import { AuditTrail } from './audit-trail.js';

/** The calls of one operation by one caller. */
export interface CallsOfOne {
  caller: string;
  service: string;
  operation: string;
  count: number;
}

interface Row extends Omit<CallsOfOne, 'count'> {
  count: string;
}

/** Beyond these, the most frequent ones are known. */
const MAX_PAIRS = 5_000;

/** Who has called what, and how often. */
@Injectable()
export class PastCalls {
  constructor(
    private readonly trail: AuditTrail,
    private readonly store: AuditStore,
  ) {}

  /** The most frequent first, refused ones among them. Throws `unavailable` while the store is away. */
  async since(time: Date): Promise<CallsOfOne[]> {
    await this.trail.catchUp();
    const rows = await this.store.query<Row>(
      `SELECT caller, service, operation, count(*) AS count FROM audit_lines
      WHERE time >= $1 AND service <> '${ADMINISTRATION}'
      GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3 LIMIT ${MAX_PAIRS}`,
      [time],
    );
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  }
}
