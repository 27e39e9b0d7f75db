import type { Stats } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { Panel } from '../../ui/panel.js';
import { Empty } from '../../ui/states.js';
import { toneOf } from '../../ui/tones.js';

export function Upstreams({ stats }: { stats: Stats }) {
  const upstreams = Object.entries(stats.upstreams);
  return (
    <Panel title="MCP servers behind the gateway" flush={upstreams.length > 0}>
      {upstreams.length === 0 ? (
        <Empty title="No MCP server is connected">
          <p class="muted">
            Put one under <code>mcpServers</code> in the config file, or register one under Upstreams.
          </p>
        </Empty>
      ) : (
        <ul class="rows">
          {upstreams.map(([name, { state, tools, quarantined }]) => (
            <li key={name} class="row">
              <code class="grow">{name}</code>
              {quarantined > 0 && <Badge tone="warn">{quarantined} withheld</Badge>}
              <span class="muted">
                {tools} {tools === 1 ? 'tool' : 'tools'}
              </span>
              <Badge tone={toneOf(state)}>{state}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
