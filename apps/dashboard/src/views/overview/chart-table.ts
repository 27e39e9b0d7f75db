import type { Point } from '../../feeds/metrics-feed.js';
import { milliseconds } from '../../ui/format.js';
import type { Line } from '../../ui/time-chart.js';

export interface Chart {
  readonly label: string;
  readonly format: (value: number) => string;
  readonly lines: readonly (Line & { readonly of: (point: Point) => number })[];
}

const BYTES_PER_MIB = 1_048_576;

/** What is drawn over time. */
export const charts: readonly Chart[] = [
  {
    label: 'Calls a second',
    format: (value) => value.toFixed(value < 10 ? 1 : 0),
    lines: [
      { name: 'calls', color: '--chart-1', fill: true, of: ({ perSecond }) => perSecond },
      { name: 'errors', color: '--chart-bad', of: ({ errorsPerSecond }) => errorsPerSecond },
    ],
  },
  {
    label: 'Latency',
    format: milliseconds,
    lines: [
      { name: 'p50', color: '--chart-1', of: ({ p50 }) => p50 },
      { name: 'p95', color: '--chart-2', of: ({ p95 }) => p95 },
      { name: 'p99', color: '--chart-3', of: ({ p99 }) => p99 },
    ],
  },
  {
    label: 'CPU',
    format: (value) => `${value.toFixed(0)} %`,
    lines: [{ name: 'of one core', color: '--chart-1', fill: true, of: ({ cpu }) => cpu }],
  },
  {
    label: 'Memory',
    format: (value) => `${value.toFixed(0)} MiB`,
    lines: [{ name: 'resident', color: '--chart-2', fill: true, of: ({ memory }) => memory / BYTES_PER_MIB }],
  },
];
