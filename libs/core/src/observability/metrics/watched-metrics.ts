import { Injectable } from '@nestjs/common';
import { Upstreams } from '../../upstreams/upstream.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Meters } from './meters.js';
import { ProcessVitals } from './process-vitals.js';

/** What rules of Prometheus need besides, to watch what the gateway's own alerts watch. */
@Injectable()
export class WatchedMetrics {
  constructor(meters: Meters, vitals: ProcessVitals, audit: AuditTrail, upstreams: Upstreams) {
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
  }
}
