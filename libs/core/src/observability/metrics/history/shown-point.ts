import type { MetricsHistoryPoint } from '#libs/kit';
import { CallSum, type CallCounts } from './call-sum.js';
import { DurationSketch } from './duration-sketch.js';
import type { MetricsPoint, Numbers } from './metrics-point.js';

/** A point of a history, before it is told. */
export interface Step {
  /** In milliseconds since 1970. */
  readonly time: number;
  readonly seconds: number;
  /** Seconds in which some replica was looked at. */
  readonly observed: number;
  readonly point: MetricsPoint;
}

export function shownPoint({ time, seconds, observed, point }: Step): MetricsHistoryPoint {
  const { samples, sums, peaks } = point;
  const process = numbersIn(sums.process);
  const connections = numbersIn(sums.connections);
  const limits = numbersIn(sums.counts);
  /** What replicas have together. */
  const together = (sum = 0) => rounded(sum / observed);
  /** What each replica has by itself. */
  const average = (sum = 0) => rounded(sum / samples);
  return {
    time: new Date(time).toISOString(),
    seconds,
    observedSeconds: observed,
    process: {
      cpuPercent: average(process.cpuPercent),
      memoryPercent: average(process.memoryPercent),
      rssBytes: Math.round(together(process.rssBytes)),
      eventLoopDelayMs: average(process.eventLoopDelayMs),
      eventLoopDelayMedianMs: average(process.eventLoopDelayMedianMs),
    },
    peak: {
      cpuPercent: peaks.cpuPercent ?? 0,
      memoryPercent: peaks.memoryPercent ?? 0,
      rssBytes: peaks.rssBytes ?? 0,
      eventLoopDelayMs: peaks.eventLoopDelayMs ?? 0,
      inFlight: peaks.inFlight ?? 0,
    },
    requests: requests(point, observed),
    operations: Object.fromEntries(Object.entries(point.operations).map(([id, counts]) => [id, operation(counts)])),
    tokens: point.own.tokens + point.upstreams.tokens,
    inFlight: together(sums.inFlight as number),
    connections: {
      mcp: together(connections.mcp),
      socketio: together(connections.socketio),
      websocket: together(connections.websocket),
    },
    pools: eachOf(sums.pools, (service) => eachOf(service, (pool) => eachOf(pool, (sum) => together(sum as number)))),
    upstreams: eachOf(sums.upstreams, shares),
    circuits: eachOf(sums.circuits, shares),
    limits: {
      authFailures: limits.authFailures ?? 0,
      rateLimited: limits.rateLimited ?? 0,
      spilledResults: limits.spilledResults ?? 0,
      guardrails: limits.guardrails ?? 0,
    },
  };
}

function requests({ own, upstreams }: MetricsPoint, observed: number): MetricsHistoryPoint['requests'] {
  const sum = new CallSum();
  sum.add(own);
  sum.add(upstreams);
  const { calls: total, error, denied, limited, durations } = sum.counts();
  const errors = error + denied + limited;
  return {
    total,
    perSecond: rounded(total / observed),
    errors,
    denied,
    limited,
    errorRate: total === 0 ? 0 : errors / total,
    latencyMs: percentiles(durations),
    ownLatencyMs: percentiles(own.durations),
    upstreamLatencyMs: percentiles(upstreams.durations),
  };
}

function operation(counts: CallCounts): MetricsHistoryPoint['operations'][string] {
  const { calls, error, denied, limited, tokens, totalMs, durations } = counts;
  const ok = calls - error - denied - limited;
  const averageMs = rounded(totalMs / calls);
  return { calls, ok, error, denied, limited, tokens, averageMs, latencyMs: percentiles(durations) };
}

function percentiles(pairs: readonly number[]) {
  const sketch = new DurationSketch();
  sketch.add(pairs);
  const of = (rank: number) => rounded(sketch.percentile(rank));
  return { p50: of(50), p95: of(95), p99: of(99) };
}

/** Of all the seconds in which any state was seen. */
function shares(seen: Numbers[string]): Record<string, number> {
  const seconds = numbersIn(seen);
  const total = Object.values(seconds).reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(Object.entries(seconds).map(([state, count]) => [state, rounded(count / total)]));
}

function numbersIn(numbers: Numbers[string] | undefined): Record<string, number> {
  return (numbers ?? {}) as Record<string, number>;
}

function eachOf<T>(numbers: Numbers[string] | undefined, show: (value: Numbers[string]) => T): Record<string, T> {
  const entries = Object.entries((numbers ?? {}) as Numbers);
  return Object.fromEntries(entries.map(([name, value]) => [name, show(value)]));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
