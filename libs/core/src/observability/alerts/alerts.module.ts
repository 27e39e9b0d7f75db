import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { NotificationsModule } from '../../notifications/notifications.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ObservabilityModule } from '../observability.module.js';
import { AlertAnswers } from './alert-answers.js';
import { AlertChanges } from './alert-changes.js';
import { AlertJournal } from './alert-journal.js';
import { AlertNews } from './alert-news.js';
import { AlertRows } from './alert-rows.js';
import { Alerts } from './alerts.js';
import { BudgetReadings } from './budget-readings.js';
import { AlertChannels } from './channels/alert-channels.js';
import { GatewayReadings } from './gateway-readings.js';
import { KeptAlerts } from './kept-alerts.js';
import { NeighbourReadings } from './neighbour-readings.js';
import { Readings } from './readings.js';

@Module({
  imports: [AccessModule, ExecutionModule, MetricsModule, NotificationsModule, ObservabilityModule, ThrottlingModule],
  providers: [
    AlertAnswers,
    AlertChanges,
    AlertChannels,
    AlertJournal,
    AlertNews,
    AlertRows,
    Alerts,
    BudgetReadings,
    GatewayReadings,
    KeptAlerts,
    NeighbourReadings,
    Readings,
  ],
  exports: [AlertAnswers, AlertRows],
})
export class AlertsModule {}
