import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { ObservabilityModule } from '../observability.module.js';
import { AuditMetrics } from './audit-metrics.js';
import { GatewayCounts } from './gateway-counts.js';
import { GatewayStates } from './gateway-states.js';
import { HistoryReader } from './history/history-reader.js';
import { MetricsHistory } from './history/metrics-history.js';
import { PointRollUp } from './history/point-roll-up.js';
import { PointRows } from './history/point-rows.js';
import { PointSampler } from './history/point-sampler.js';
import { PointWriter } from './history/point-writer.js';
import { ExecutionMetrics } from './execution-metrics.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { Meters } from './meters.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsPort } from './metrics-port.js';
import { MetricsSnapshot } from './metrics-snapshot.js';
import { ProcessVitals } from './process-vitals.js';
import { WatchedMetrics } from './watched-metrics.js';

@Module({
  imports: [AccessModule, ExecutionModule, ObservabilityModule, ThrottlingModule],
  controllers: [MetricsController],
  providers: [
    AuditMetrics,
    ExecutionMetrics,
    GatewayCounts,
    GatewayMetrics,
    GatewayStates,
    HistoryReader,
    Meters,
    MetricsHistory,
    MetricsPort,
    MetricsSnapshot,
    PointRollUp,
    PointRows,
    PointSampler,
    PointWriter,
    ProcessVitals,
    WatchedMetrics,
  ],
  exports: [MetricsHistory, MetricsPort, MetricsSnapshot, ProcessVitals],
})
export class MetricsModule {}
