import { Injectable } from '@nestjs/common';
import { ADMINISTRATION } from '../../catalog/names.js';
import { printable, printableId } from './audit-line.js';
import { AuditSettings } from './audit.settings.js';
import { AuditStore } from './audit-store.js';
import { AuditTrail } from './audit-trail.js';
import { costOf } from './prices.js';

/** A place in the account: what this gateway had written by then. */
export interface AuditMark {
  readonly replica: string;
  readonly seq: number;
}

/** Whose calls are asked for. */
export interface Spender {
  readonly scope: 'caller' | 'team' | 'service' | 'operation';
  /** Of the team, the service, the operation. */
  readonly name: string;
  /** Of whose calls alone. */
  readonly caller?: string;
}

/** What calls of about the same time have spent. */
export interface Spent {
  /** Of the last of them, in milliseconds of the wall clock. */
  time: number;
  tokens: number;
  cost: number;
}

interface Row {
  time: Date;
  service: string;
  operation: string;
  tokens: string;
  made: string;
}

/**
 * Of a line: whether its call costs anything. What was refused does not, nor what asked for something that is
 * not there, nor what was done to the gateway itself.
 */
export const MADE = `outcome IN ('ok', 'error') AND error_kind IS DISTINCT FROM 'unknown' AND service <> '${ADMINISTRATION}'`;

/** Calls of the last day are put together by quarters of an hour, older ones by quarters of a day. */
const FINE_SECONDS = 900;
const COARSE_SECONDS = 21_600;

const conditions: Record<Spender['scope'], string> = {
  caller: '$5 = $5',
  team: 'team = $5',
  service: 'service = $5',
  operation: "service || '.' || operation = $5",
};

/** What was spent, as budgets need it. */
@Injectable()
export class PastSpending {
  constructor(
    private readonly trail: AuditTrail,
    private readonly store: AuditStore,
    private readonly settings: AuditSettings,
  ) {}

  /** How far the account is written now. */
  mark(): AuditMark {
    return this.trail.head;
  }

  /** In the last days, as far as it was written up to a mark, or by other gateways; the oldest first. */
  async of({ scope, name, caller }: Spender, days: number, { replica, seq }: AuditMark): Promise<Spent[]> {
    await this.trail.catchUp();
    const rows = await this.store.query<Row>(
      `SELECT max(time) AS time, service, operation, sum(tokens) AS tokens, count(*) AS made
      FROM audit_lines
      WHERE time >= now() - make_interval(days => $1) AND (replica <> $2 OR seq <= $3)
        AND ($4::text IS NULL OR caller = $4) AND ${conditions[scope]}
        AND ${MADE}
      GROUP BY service, operation, CASE WHEN time >= now() - interval '1 day'
        THEN floor(extract(epoch FROM time) / ${FINE_SECONDS}) ELSE -floor(extract(epoch FROM time) / ${COARSE_SECONDS}) END
      ORDER BY 1`,
      [days, replica, seq, caller === undefined ? null : printableId(caller), printable(name)],
    );
    return rows.map(({ time, service, operation, tokens, made }) => ({
      time: time.getTime(),
      tokens: Number(tokens),
      cost: costOf(this.settings.prices, { service, operation, calls: Number(made), tokens: Number(tokens) }),
    }));
  }
}
