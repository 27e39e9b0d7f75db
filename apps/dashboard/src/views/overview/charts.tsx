import { useMemo } from 'preact/hooks';
import { metrics } from '../../feeds/feeds.js';
import type { Point } from '../../feeds/metrics-feed.js';
import { bytes, milliseconds } from '../../ui/format.js';
import { Panel } from '../../ui/panel.js';
import { TimeChart, type Line } from '../../ui/time-chart.js';

interface Chart {
  readonly label: string;
  readonly format: (value: number) => string;
  readonly lines: readonly (Line & { readonly of: (point: Point) => number })[];
}

const charts: readonly Chart[] = [
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
    format: bytes,
    lines: [{ name: 'resident', color: '--chart-2', fill: true, of: ({ memory }) => memory }],
  },
];

export function Charts() {
  const points = metrics.points.value;
  return (
    <div class="charts">
      {charts.map((chart) => (
        <Panel key={chart.label} class="chart-panel">
          <DrawnChart chart={chart} points={points} />
        </Panel>
      ))}
    </div>
  );
}

function DrawnChart({ chart: { label, lines, format }, points }: { chart: Chart; points: readonly Point[] }) {
  const data = useMemo(() => [points.map(({ at }) => at), ...lines.map(({ of }) => points.map(of))], [points, lines]);
  return <TimeChart label={label} lines={lines} data={data} format={format} />;
}
