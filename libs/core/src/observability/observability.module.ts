import { Module } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { CallMetrics } from './metrics/call-metrics.js';

@Module({ imports: [AuditModule], providers: [CallMetrics], exports: [AuditModule, CallMetrics] })
export class ObservabilityModule {}
