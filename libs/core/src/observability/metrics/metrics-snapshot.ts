import { Injectable } from '@nestjs/common';
import type { MetricsReport } from '#libs/kit';
import { GatewayStatistics } from '../../execution/gateway-statistics.js';
import { CallMetrics } from './call-metrics.js';
import { GatewayCounts } from './gateway-counts.js';
import { GatewayStates } from './gateway-states.js';
import { ProcessVitals } from './process-vitals.js';

/** The metrics as JSON. */
@Injectable()
export class MetricsSnapshot {
  constructor(
    private readonly vitals: ProcessVitals,
    private readonly statistics: GatewayStatistics,
    private readonly calls: CallMetrics,
    private readonly states: GatewayStates,
    private readonly counts: GatewayCounts,
  ) {}

  take(): MetricsReport {
    const { requests, latencyMs } = this.statistics.snapshot();
    const operations = this.calls.snapshot();
    return {
      time: new Date().toISOString(),
      process: this.vitals.snapshot(),
      requests: { ...requests, latencyMs },
      operations,
      tokens: Object.values(operations).reduce((sum, { tokens }) => sum + tokens, 0),
      ...this.states.snapshot(),
      limits: this.counts.snapshot(),
    };
  }
}
