/** What one operation has done since the start. */
interface OperationMetrics {
  readonly calls: number;
  readonly ok: number;
  readonly error: number;
  readonly denied: number;
  readonly limited: number;
  readonly tokens: number;
  readonly averageMs: number;
}

/** How the gateway does, as `/metrics` and `metrics-update` tell it. */
export interface MetricsReport {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly process: {
    /** Of one core. */
    readonly cpuPercent: number;
    readonly memoryPercent: number;
    readonly rssBytes: number;
    readonly eventLoopDelayMs: number;
    readonly eventLoopDelayMedianMs: number;
  };
  readonly requests: {
    readonly total: number;
    readonly perSecond: number;
    readonly errors: number;
    readonly denied: number;
    readonly errorRate: number;
    readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  };
  /** By operation id. */
  readonly operations: Readonly<Record<string, OperationMetrics>>;
  /** By service and name. */
  readonly pools: Readonly<Record<string, Readonly<Record<string, object>>>>;
}
