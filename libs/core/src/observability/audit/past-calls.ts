import { Injectable } from '@nestjs/common';
import { ADMINISTRATION } from '../../catalog/names.js';
import { AuditStore } from './audit-store.js';
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

/** What some calls of one operation by one caller were asked with, as the audit shows it. */
export interface CallsAlike {
  arguments: string;
  count: number;
}

/** Beyond these, the most frequent ones are known. */
const MAX_PAIRS = 5_000;
const MAX_ALIKE = 1_000;

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

  /** The most frequent first. */
  async alike({ caller, service, operation }: CallsOfOne, time: Date): Promise<CallsAlike[]> {
    const rows = await this.store.query<{ arguments: string; count: string }>(
      `SELECT arguments, count(*) AS count FROM audit_lines
      WHERE time >= $1 AND caller = $2 AND service = $3 AND operation = $4
      GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${MAX_ALIKE}`,
      [time, caller, service, operation],
    );
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  }
}
