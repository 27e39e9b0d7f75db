/** What was called. `errors` are all that did not end well, refusals included; `errorRate` is from 0 to 1. */
interface RequestMetrics {
  readonly total: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly denied: number;
  readonly errorRate: number;
  readonly latencyMs: Percentiles;
}

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What one operation has done. */
interface OperationMetrics {
  readonly calls: number;
  readonly ok: number;
  readonly error: number;
  readonly denied: number;
  readonly limited: number;
  readonly tokens: number;
  readonly averageMs: number;
}

interface ProcessMetrics {
  /** Of one core. */
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly rssBytes: number;
  /** The 99th percentile of a second. */
  readonly eventLoopDelayMs: number;
  readonly eventLoopDelayMedianMs: number;
}

/** Numbers of what was refused, changed or kept apart. */
interface LimitMetrics {
  readonly authFailures: number;
  readonly rateLimited: number;
  readonly spilledResults: number;
  readonly guardrails: number;
}

interface ConnectionMetrics {
  readonly mcp: number;
  readonly socketio: number;
  readonly websocket: number;
}

/** How the gateway does, as `/metrics` and `metrics-update` tell it. Counts are since the start. */
export interface MetricsReport {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly process: ProcessMetrics;
  readonly requests: RequestMetrics;
  /** By operation id. */
  readonly operations: Readonly<Record<string, OperationMetrics>>;
  /** Of all answers, estimated. */
  readonly tokens: number;
  readonly inFlight: number;
  readonly connections: ConnectionMetrics;
  /** By service and name. */
  readonly pools: Readonly<Record<string, Readonly<Record<string, object>>>>;
  /** The state of each. */
  readonly upstreams: Readonly<Record<string, string>>;
  /** The state of each back end's circuit breaker. */
  readonly circuits: Readonly<Record<string, string>>;
  readonly limits: LimitMetrics;
  /** Where it was asked for, oldest first; times of which nothing is known are left out. */
  readonly history?: readonly MetricsHistoryPoint[];
}

/** From 0 to 1: the part of the time in which each state was seen. */
type StateShares = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** How the gateway did for some time: counts of that time, averages of what was seen in each second. */
export interface MetricsHistoryPoint {
  /** When it begins: ISO 8601, UTC. */
  readonly time: string;
  /** How long it is. */
  readonly seconds: number;
  /** In how many of them the gateway was looked at. */
  readonly observedSeconds: number;
  /** Memory in bytes is that of all replicas together, percentages are averages of them. */
  readonly process: ProcessMetrics;
  /** The highest of a second, at one replica. */
  readonly peak: Omit<ProcessMetrics, 'eventLoopDelayMedianMs'> & { readonly inFlight: number };
  readonly requests: RequestMetrics & {
    readonly limited: number;
    readonly ownLatencyMs: Percentiles;
    readonly upstreamLatencyMs: Percentiles;
  };
  /** Of at most 200 operations; the rest is `other`. */
  readonly operations: Readonly<Record<string, OperationMetrics & { readonly latencyMs: Percentiles }>>;
  readonly tokens: number;
  readonly inFlight: number;
  readonly connections: ConnectionMetrics;
  /** By service and name. */
  readonly pools: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
  readonly upstreams: StateShares;
  readonly circuits: StateShares;
  readonly limits: LimitMetrics;
}
