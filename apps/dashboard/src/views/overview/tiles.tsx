import type { Stats } from '../../api/shapes.js';
import { metrics } from '../../feeds/feeds.js';
import { count, milliseconds, percent } from '../../ui/format.js';

/** The figures that a person looks for first. They keep their places: only digits change. */
export function Tiles({ stats }: { stats: Stats }) {
  const report = metrics.latest.value;
  const requests = report?.requests ?? { ...stats.requests, latencyMs: stats.latencyMs };
  const { mcp, socketio, websocket } = stats.connections;
  const isFailing = requests.errorRate > 0.1;
  return (
    <dl class="tiles">
      <Tile
        name="Calls a second"
        value={requests.perSecond.toFixed(1)}
        note={`${count(requests.total)} since the start`}
      />
      <Tile
        name="Median latency"
        value={milliseconds(requests.latencyMs.p50)}
        note={`p99 ${milliseconds(requests.latencyMs.p99)}`}
      />
      <Tile name="p95 latency" value={milliseconds(requests.latencyMs.p95)} note="of the last minute" />
      <Tile
        name="Errors"
        value={percent(requests.errorRate)}
        note={`${count(requests.errors)} since the start`}
        isBad={isFailing}
      />
      <Tile
        name="Tools"
        value={count(stats.tools.total)}
        note={`${Object.keys(stats.tools.byService).length} services`}
      />
      <Tile
        name="Connected"
        value={count(mcp + socketio + websocket)}
        note={`${mcp} MCP, ${socketio + websocket} live`}
      />
    </dl>
  );
}

function Tile({ name, value, note, isBad = false }: { name: string; value: string; note: string; isBad?: boolean }) {
  return (
    <div class={`tile ${isBad ? 'bad' : ''}`}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        <span class="tile-note">{note}</span>
      </dd>
    </div>
  );
}
