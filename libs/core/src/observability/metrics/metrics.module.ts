import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { ObservabilityModule } from '../observability.module.js';
import { ExecutionMetrics } from './execution-metrics.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { Meters } from './meters.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsPort } from './metrics-port.js';
import { MetricsSnapshot } from './metrics-snapshot.js';
import { ProcessVitals } from './process-vitals.js';

@Module({
  imports: [AccessModule, ExecutionModule, ObservabilityModule, ThrottlingModule],
  controllers: [MetricsController],
  providers: [ExecutionMetrics, GatewayMetrics, Meters, MetricsPort, MetricsSnapshot, ProcessVitals],
  exports: [MetricsPort, MetricsSnapshot, ProcessVitals],
})
export class MetricsModule {}
