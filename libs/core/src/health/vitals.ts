import { Injectable } from '@nestjs/common';
import { ApiKeys } from '../access/api-keys.js';
import { Authenticator } from '../access/authenticator.js';
import { CallsInFlight } from '../execution/calls-in-flight.js';
import { GatewayStatistics } from '../execution/gateway-statistics.js';
import { ThrottlingStatistics } from '../throttling/throttling-statistics.js';

const MICROSECONDS_PER_SECOND = 1e6;

/** How the process is doing, for callers with `monitor`. */
@Injectable()
export class Vitals {
  constructor(
    private readonly statistics: GatewayStatistics,
    private readonly inFlight: CallsInFlight,
    private readonly authenticator: Authenticator,
    private readonly keys: ApiKeys,
    private readonly throttling: ThrottlingStatistics,
  ) {}

  snapshot() {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const { requests, latencyMs, tools } = this.statistics.snapshot();
    return {
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      cpu: { seconds: (user + system) / MICROSECONDS_PER_SECOND },
      requests,
      latencyMs,
      tools,
      callsInFlight: this.inFlight.count,
      security: {
        authFailures: this.authenticator.failures,
        blockedAddresses: this.throttling.blockedAddresses,
        rateLimited: this.throttling.rateLimited,
        deniedCalls: requests.denied,
        activeKeys: this.keys.list().length,
      },
    };
  }
}
