import { signal } from '@preact/signals';
import type { MetricsHistoryPoint, MetricsReport } from '#libs/kit';

/** Ten minutes, a point each second. */
const MOST_POINTS = 600;

/** The newest report, and the numbers of those before that charts are drawn from. */
export class MetricsFeed {
  readonly latest = signal<MetricsReport | undefined>(undefined);
  /** In the order of time: seconds since 1970, and the members of `numbersOf`. */
  readonly points = signal<readonly Point[]>([]);

  take = (report: MetricsReport): void => {
    const point = pointOf(report);
    const before = this.points.peek();
    this.latest.value = report;
    if (before.at(-1)?.at === point.at) return;
    this.points.value = [...before.slice(-MOST_POINTS + 1), point];
  };

  clear(): void {
    this.latest.value = undefined;
    this.points.value = [];
  }
}

/** What was before this page came goes before what it has seen itself. */
export function joined(past: readonly Point[], seen: readonly Point[]): Point[] {
  const first = seen[0]?.at ?? Infinity;
  return [...past.filter(({ at }) => at < first), ...seen].slice(-MOST_POINTS);
}

type Drawn = 'time' | 'requests' | 'process';

export interface Point {
  readonly at: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly cpu: number;
  readonly memory: number;
}

export function pointOf({ time, requests, process }: Pick<MetricsReport | MetricsHistoryPoint, Drawn>): Point {
  return {
    at: Math.round(Date.parse(time) / 1_000),
    perSecond: requests.perSecond,
    errorsPerSecond: requests.perSecond * requests.errorRate,
    p50: requests.latencyMs.p50,
    p95: requests.latencyMs.p95,
    p99: requests.latencyMs.p99,
    cpu: process.cpuPercent,
    memory: process.rssBytes,
  };
}
