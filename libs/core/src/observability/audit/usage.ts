import { Injectable } from '@nestjs/common';
import { ADMINISTRATION } from '../../catalog/names.js';
import { AuditSettings } from './audit.settings.js';
import { AuditStore } from './audit-store.js';
import { AuditTrail } from './audit-trail.js';
import { MADE } from './past-spending.js';
import { costOf } from './prices.js';

export const usageKeys = ['caller', 'service', 'operation', 'team'] as const;
export type UsageKey = (typeof usageKeys)[number];

interface UsageItem {
  key: string;
  calls: number;
  errors: number;
  tokens: number;
  cost?: number;
}

interface Row {
  key: string;
  service: string;
  operation: string;
  calls: string;
  errors: string;
  tokens: string;
  /** Those that were neither refused nor for what does not exist. */
  made: string;
}

/** Names of what does not exist are the callers' own, so there may be any number. */
const MAX_ITEMS = 1_000;
const NO_TEAM = 'none';
/** Calls that named no service or no operation that there is. */
const UNNAMED = 'unknown';

const columns: Record<UsageKey, string> = {
  caller: 'caller',
  service: `coalesce(nullif(service, ''), '${UNNAMED}')`,
  operation: `CASE WHEN service = '' OR operation = '' THEN '${UNNAMED}' ELSE service || '.' || operation END`,
  team: `coalesce(team, '${NO_TEAM}')`,
};

/** What was called how often, by the account. */
@Injectable()
export class Usage {
  constructor(
    private readonly trail: AuditTrail,
    private readonly store: AuditStore,
    private readonly settings: AuditSettings,
  ) {}

  /** From `from` on and before `to`, the most used first. Throws `unavailable` while the store is away. */
  async by(key: UsageKey, from: Date, to: Date) {
    await this.trail.catchUp();
    const rows = await this.store.query<Row>(
      `WITH sums AS (
        SELECT ${columns[key]} AS key, service, operation, count(*) AS calls,
          count(*) FILTER (WHERE outcome <> 'ok') AS errors, sum(tokens) AS tokens,
          count(*) FILTER (WHERE ${MADE}) AS made
        FROM audit_lines WHERE time >= $1 AND time < $2 AND service <> '${ADMINISTRATION}' GROUP BY 1, 2, 3
      ), keys AS (
        SELECT key FROM sums GROUP BY key ORDER BY sum(calls) DESC, key LIMIT ${MAX_ITEMS}
      )
      SELECT * FROM sums WHERE key IN (SELECT key FROM keys)`,
      [from, to],
    );
    const { prices } = this.settings;
    return { ...(prices && { currency: prices.currency }), items: this.sum(rows) };
  }

  private sum(rows: readonly Row[]): UsageItem[] {
    const { prices } = this.settings;
    const items = new Map<string, UsageItem>();
    for (const { key, service, operation, calls, errors, tokens, made } of rows) {
      const item = items.get(key) ?? { key, calls: 0, errors: 0, tokens: 0, ...(prices && { cost: 0 }) };
      item.calls += Number(calls);
      item.errors += Number(errors);
      item.tokens += Number(tokens);
      const priced = { service, operation, calls: Number(made), tokens: Number(tokens) };
      if (prices) item.cost = (item.cost ?? 0) + costOf(prices, priced);
      items.set(key, item);
    }
    return [...items.values()]
      .map((item) => (item.cost === undefined ? item : { ...item, cost: Math.round(item.cost * 1e6) / 1e6 }))
      .sort((a, b) => b.calls - a.calls || (a.key < b.key ? -1 : 1));
  }
}
