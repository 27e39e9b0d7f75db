import { Module } from '@nestjs/common';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { CallRecorder } from './call-recorder.js';
import { CallStatistics } from './call-statistics.js';
import { CallsInFlight } from './calls-in-flight.js';
import { GatewayStatistics } from './gateway-statistics.js';
import { OpenConnections } from './open-connections.js';
import { OperationExecutor } from './operation-executor.js';
import { ResultsModule } from './results/results.module.js';

@Module({
  imports: [ObservabilityModule, ResultsModule, ThrottlingModule],
  providers: [CallRecorder, CallStatistics, CallsInFlight, GatewayStatistics, OpenConnections, OperationExecutor],
  exports: [CallStatistics, CallsInFlight, GatewayStatistics, OpenConnections, OperationExecutor],
})
export class ExecutionModule {}
