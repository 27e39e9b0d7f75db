import { Injectable } from '@nestjs/common';
import { CallsInFlight } from '../execution/calls-in-flight.js';
import { GatewayStatistics } from '../execution/gateway-statistics.js';
import { SecurityStatistics } from './security-statistics.js';

const MICROSECONDS_PER_SECOND = 1e6;

/** How the process is doing, for callers with `monitor`. */
@Injectable()
export class Vitals {
  constructor(
    private readonly statistics: GatewayStatistics,
    private readonly inFlight: CallsInFlight,
    private readonly security: SecurityStatistics,
  ) {}

  snapshot() {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const { requests, latencyMs, tools, connections } = this.statistics.snapshot();
    return {
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      cpu: { seconds: (user + system) / MICROSECONDS_PER_SECOND },
      requests,
      latencyMs,
      tools,
      connections,
      callsInFlight: this.inFlight.count,
      security: this.security.snapshot(),
    };
  }
}
