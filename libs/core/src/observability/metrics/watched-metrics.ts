import { Injectable } from '@nestjs/common';
import type { Account } from '../../throttling/account.js';
import { spendings } from '../../throttling/budget.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { wholeMs } from '../../throttling/sliding-window.js';
import { Upstreams } from '../../upstreams/upstream.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Meters, type Series } from './meters.js';
import { ProcessVitals } from './process-vitals.js';

/** What rules of Prometheus need besides, to watch what the gateway's own alerts watch. */
@Injectable()
export class WatchedMetrics {
  constructor(meters: Meters, vitals: ProcessVitals, audit: AuditTrail, upstreams: Upstreams, limits: CallLimits) {
    meters.gauge('mcp_memory_limit_bytes', 'Memory that the gateway may use', () => vitals.memoryBytes);
    meters.gauge(
      'mcp_audit_spool_ratio',
      'How full the place for waiting audit lines is, from 0 to 1',
      () => audit.spoolUsage,
    );
    meters.gauges(
      'mcp_upstream_quarantined',
      'Definitions of an MCP server behind the gateway that changed and wait for an admin',
      ['upstream'],
      () => upstreams.behindGateway().map((upstream) => [{ upstream: upstream.name }, upstream.status().quarantined]),
    );
    meters.gauges(
      'mcp_budget_used_ratio',
      'Of the budgets of one kind, how much of the one of which most is used; 1 is all',
      ['scope', 'budget'],
      () => mostUsed(limits.all()),
    );
  }
}

/** One for each kind: whose budget it is would be a label that callers make. The alert `budget` names them. */
function mostUsed(accounts: Iterable<Account>): Series {
  const now = wholeMs();
  const most = new Map<string, [labels: { scope: string; budget: string }, part: number]>();
  for (const account of accounts) {
    const { scope } = account.holder;
    for (const budget of spendings) {
      const part = account.partUsed(budget, now);
      const kind = `${scope} ${budget}`;
      if (part !== undefined && part >= (most.get(kind)?.[1] ?? 0)) most.set(kind, [{ scope, budget }, part]);
    }
  }
  return most.values();
}
