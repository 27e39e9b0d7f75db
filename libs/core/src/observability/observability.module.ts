import { Module } from '@nestjs/common';
import { AuditTrail } from './audit/audit-trail.js';
import { CallMetrics } from './metrics/call-metrics.js';

@Module({ providers: [AuditTrail, CallMetrics], exports: [AuditTrail, CallMetrics] })
export class ObservabilityModule {}
