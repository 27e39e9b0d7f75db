import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { AuditDeliveries } from '../audit/delivery/audit-deliveries.js';
import { Meters } from './meters.js';

const sink = ['sink'];

/** How far the audit has come, on its way to the store and to the collectors. */
@Injectable()
export class AuditMetrics {
  constructor(meters: Meters, trail: AuditTrail, { all }: AuditDeliveries) {
    meters.gauge(
      'mcp_audit_lag_seconds',
      'Age of the oldest audit line that is not in the store',
      () => trail.lagSeconds,
    );
    meters.gauges(
      'mcp_audit_delivery_lag_seconds',
      'Age of the oldest audit line in the store that a collector has not taken',
      sink,
      () => all.map(({ name, lagSeconds }) => [{ sink: name }, lagSeconds]),
    );
    meters.totals('mcp_audit_delivered_total', 'Audit lines that a collector has taken', sink, () =>
      all.map(({ name, delivered }) => [{ sink: name }, delivered]),
    );
  }
}
