import { useMemo } from 'preact/hooks';
import { get } from '../../api/request.js';
import type { Stats } from '../../api/shapes.js';
import { metrics } from '../../feeds/feeds.js';
import { useMetrics } from '../../feeds/use-metrics.js';
import { mayFollow } from '../../session/session.js';
import { Page } from '../../ui/page.js';
import { useResource, Loaded } from '../../ui/resource.js';
import { NoPermission } from '../../ui/states.js';
import { Busy } from './busy.js';
import { Charts } from './charts.js';
import { Tiles } from './tiles.js';
import { Upstreams } from './upstreams.js';

export function Overview() {
  return (
    <Page title="Overview" about="What the gateway does now, and since its start.">
      {mayFollow('metrics') ? <Figures /> : <NoPermission permission="monitor" />}
    </Page>
  );
}

function Figures() {
  useMetrics();
  const stats = useResource(() => get<Stats>('/api/stats'));
  const minute = Math.floor((metrics.points.value.at(-1)?.at ?? 0) / 10);
  // connections and upstreams are counted anew every ten seconds
  useMemo(() => minute > 0 && stats.reload(), [minute]);
  return (
    <Loaded resource={stats} rows={8}>
      {(known) => (
        <>
          <Tiles stats={known} />
          <Charts />
          <div class="columns">
            <Busy />
            <Upstreams stats={known} />
          </div>
        </>
      )}
    </Loaded>
  );
}
