import { useMemo, useState } from 'preact/hooks';
import type { MetricsReport } from '#libs/kit';
import { get } from '../../api/request.js';
import { metrics } from '../../feeds/feeds.js';
import { joined, pointOf, type Point } from '../../feeds/metrics-feed.js';
import { Panel } from '../../ui/panel.js';
import { Failed } from '../../ui/states.js';
import { useResource } from '../../ui/resource.js';
import { Tabs } from '../../ui/tabs.js';
import { TimeChart } from '../../ui/time-chart.js';
import { charts, type Chart } from './chart-table.js';

const MINUTE_MS = 60_000;
const spans = [
  ['live', '10 minutes'],
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
] as const;
type Span = (typeof spans)[number][0];
const lengths: Readonly<Record<Span, number>> = { live: 10, hour: 60, day: 24 * 60, week: 7 * 24 * 60 };

/** How the gateway did: what is kept, and for the last minutes what comes each second. */
export function Charts() {
  const [span, setSpan] = useState<Span>('live');
  const history = useResource(() => pointsOf(span), [span]);
  const seen = metrics.points.value;
  const points = useMemo(() => {
    const past = history.data?.span === span ? history.data.points : [];
    return span === 'live' ? joined(past, seen) : past;
  }, [history.data, span, span === 'live' && seen]);
  return (
    <Tabs label="Time" tabs={spans} selected={span} onSelect={setSpan}>
      {history.error === undefined ? (
        <div class="charts">
          {charts.map((chart) => (
            <Panel key={chart.label} class="chart-panel">
              <DrawnChart chart={chart} points={points} />
            </Panel>
          ))}
        </div>
      ) : (
        <Failed error={history.error} retry={history.reload} />
      )}
    </Tabs>
  );
}

async function pointsOf(span: Span): Promise<{ span: Span; points: Point[] }> {
  const from = new Date(Date.now() - lengths[span] * MINUTE_MS).toISOString();
  const { history = [] } = await get<MetricsReport>('/metrics', { from, step: span === 'live' ? 1 : undefined });
  return { span, points: history.map(pointOf) };
}

function DrawnChart({ chart: { label, lines, format }, points }: { chart: Chart; points: readonly Point[] }) {
  const data = useMemo(() => [points.map(({ at }) => at), ...lines.map(({ of }) => points.map(of))], [points, lines]);
  return <TimeChart label={label} lines={lines} data={data} format={format} />;
}
