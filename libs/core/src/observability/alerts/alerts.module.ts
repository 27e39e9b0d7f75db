import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ObservabilityModule } from '../observability.module.js';
import { Alerts } from './alerts.js';
import { BudgetReadings } from './budget-readings.js';
import { GatewayReadings } from './gateway-readings.js';
import { NeighbourReadings } from './neighbour-readings.js';

@Module({
  imports: [AccessModule, ExecutionModule, MetricsModule, ObservabilityModule, ThrottlingModule],
  providers: [Alerts, BudgetReadings, GatewayReadings, NeighbourReadings],
})
export class AlertsModule {}
