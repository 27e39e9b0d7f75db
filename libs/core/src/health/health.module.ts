import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AccessModule } from '../access/access.module.js';
import { EdgeModule } from '../edge/edge.module.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { HealthController } from './health.controller.js';
import { ReadinessIndicators } from './readiness-indicators.js';
import { Readiness } from './readiness.js';
import { SecurityStatistics } from './security-statistics.js';
import { StatisticsController } from './statistics.controller.js';
import { Vitals } from './vitals.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), AccessModule, EdgeModule, ExecutionModule, ThrottlingModule],
  controllers: [HealthController, StatisticsController],
  providers: [Readiness, ReadinessIndicators, SecurityStatistics, Vitals],
  exports: [Readiness],
})
export class HealthModule {}
