import { Module } from '@nestjs/common';
import { Breakers } from '#libs/outbound';
import { CallRecorder } from './call-recorder.js';
import { CallStatistics } from './call-statistics.js';
import { CallsInFlight } from './calls-in-flight.js';
import { GatewayStatistics } from './gateway-statistics.js';
import { OperationExecutor } from './operation-executor.js';

@Module({
  providers: [Breakers, CallRecorder, CallStatistics, CallsInFlight, GatewayStatistics, OperationExecutor],
  exports: [CallsInFlight, GatewayStatistics, OperationExecutor],
})
export class ExecutionModule {}
