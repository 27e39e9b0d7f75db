import { Injectable } from '@nestjs/common';
import type { MetricsReport } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import { GatewayStatistics } from '../../execution/gateway-statistics.js';
import { CallMetrics } from './call-metrics.js';
import { ProcessVitals } from './process-vitals.js';

/** The metrics as JSON. */
@Injectable()
export class MetricsSnapshot {
  constructor(
    private readonly vitals: ProcessVitals,
    private readonly statistics: GatewayStatistics,
    private readonly calls: CallMetrics,
    private readonly catalog: Catalog,
  ) {}

  take(): MetricsReport {
    const { requests, latencyMs } = this.statistics.snapshot();
    return {
      time: new Date().toISOString(),
      process: this.vitals.snapshot(),
      requests: { ...requests, latencyMs },
      operations: this.calls.snapshot(),
      pools: this.pools(),
    };
  }

  /** By service and name. */
  private pools() {
    const services = this.catalog.services.map(({ name, pools }) => [name, pools()] as const);
    return Object.fromEntries(
      services
        .filter(([, pools]) => pools.length > 0)
        .map(([service, pools]) => [service, Object.fromEntries(pools.map(({ name, ...pool }) => [name, pool]))]),
    );
  }
}
