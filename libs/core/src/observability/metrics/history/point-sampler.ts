import { Injectable } from '@nestjs/common';
import { GatewayCounts } from '../gateway-counts.js';
import { GatewayStates } from '../gateway-states.js';
import { ProcessVitals } from '../process-vitals.js';
import { CallTally } from './call-tally.js';
import type { MetricsPoint, Numbers } from './metrics-point.js';

/** Looks at everything that the history keeps. */
@Injectable()
export class PointSampler {
  private before: ReturnType<GatewayCounts['snapshot']>;

  constructor(
    private readonly vitals: ProcessVitals,
    private readonly calls: CallTally,
    private readonly states: GatewayStates,
    private readonly counts: GatewayCounts,
  ) {
    this.before = counts.snapshot();
  }

  /** What happened since the last time, and how it is now. */
  take(): MetricsPoint {
    const { inFlight, connections, pools, upstreams, circuits } = this.states.snapshot();
    const vitals = this.vitals.snapshot();
    const sums = {
      process: vitals,
      inFlight,
      connections,
      pools: pools as unknown as Numbers,
      upstreams: onceEach(upstreams),
      circuits: onceEach(circuits),
      counts: this.grown(),
    };
    const { cpuPercent, memoryPercent, rssBytes, eventLoopDelayMs } = vitals;
    const peaks = { cpuPercent, memoryPercent, rssBytes, eventLoopDelayMs, inFlight };
    return { samples: 1, ...this.calls.take(), sums, peaks };
  }

  private grown() {
    const now = this.counts.snapshot();
    const { before } = this;
    this.before = now;
    return {
      authFailures: now.authFailures - before.authFailures,
      rateLimited: now.rateLimited - before.rateLimited,
      spilledResults: now.spilledResults - before.spilledResults,
      guardrails: now.guardrails - before.guardrails,
    };
  }
}

/** Each state counts the seconds in which it was seen. */
function onceEach(states: Record<string, string>): Numbers {
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, { [state]: 1 }]));
}
