import { Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { AuditModule } from './audit/audit.module.js';
import { CallMetrics } from './metrics/call-metrics.js';
import { CallTally } from './metrics/history/call-tally.js';
import { MetricsSettings } from './metrics/metrics.settings.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { RequestRecorder } from './request-recorder.js';
import { Traces } from './traces/traces.js';

const EVENT_LOOP_PRECISION_MS = 20;

/** What the way of a call and of a request needs. The register is our own: the global one is shared by all of a process. */
@Module({
  imports: [AuditModule],
  providers: [
    CallMetrics,
    CallTally,
    RequestMetrics,
    RequestRecorder,
    Traces,
    { provide: Registry, inject: [MetricsSettings], useFactory: makeRegistry },
  ],
  exports: [AuditModule, CallMetrics, CallTally, Registry, RequestRecorder, Traces],
})
export class ObservabilityModule {}

function makeRegistry({ enabled }: MetricsSettings): Registry {
  const register = new Registry();
  if (enabled) collectDefaultMetrics({ register, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  return register;
}
