import { useCallback, useState } from 'preact/hooks';
import type { UpstreamEvent } from '#libs/kit';
import { post } from '../../api/request.js';
import type { Upstream } from '../../api/shapes.js';
import { useRoom } from '../../session/follow-room.js';
import { act } from '../../ui/act.js';
import { Badge } from '../../ui/badge.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { Table, type Column } from '../../ui/table.js';
import { toneOf } from '../../ui/tones.js';
import { LastFailure } from './last-failure.js';
import { NewUpstream } from './new-upstream.js';
import { UpstreamTools } from './upstream-tools.js';

const PATH = '/admin/upstreams';

export function Upstreams() {
  const list = useList<Upstream>(PATH);
  const [open, setOpen] = useState<Upstream>();
  const [isAdding, setAdding] = useState(false);
  const { set, reload } = list;
  useRoom(
    'upstreams',
    'upstream',
    useCallback(
      (event: UpstreamEvent) => {
        set(({ items, nextCursor }) => ({ items: items.map((each) => changedBy(each, event)), nextCursor }));
        // its last failure is told by the list alone
        reload();
      },
      [set, reload],
    ),
  );
  const restart = ({ name }: Upstream) =>
    act(() => post(`${PATH}/${encodeURIComponent(name)}/restart`), `${name} restarts`);
  return (
    <Page
      title="Upstreams"
      about="MCP servers behind the gateway. A tool whose definition changes is withheld until somebody approves it."
      actions={
        <button type="button" class="button" onClick={() => setAdding(true)}>
          Add a server
        </button>
      }
    >
      <div class="panel">
        <Pages
          list={list}
          path={PATH}
          empty={
            <Empty title="No MCP server is connected">
              <p class="muted">
                Put one under <code>mcpServers</code> in the config file, or add one that is reached over HTTP.
              </p>
            </Empty>
          }
        >
          {(items) => (
            <Table label="Upstreams" columns={columnsOf(setOpen, restart)} rows={items} keyOf={({ name }) => name} />
          )}
        </Pages>
      </div>
      {open && <UpstreamTools upstream={open} onClose={() => setOpen(undefined)} onApprove={reload} />}
      {isAdding && <NewUpstream onClose={() => setAdding(false)} onMade={reload} />}
    </Page>
  );
}

function changedBy(upstream: Upstream, { upstream: name, state, tools, quarantined }: UpstreamEvent): Upstream {
  return upstream.name === name ? { ...upstream, state, tools, quarantined } : upstream;
}

function columnsOf(
  onOpen: (upstream: Upstream) => void,
  onRestart: (upstream: Upstream) => unknown,
): Column<Upstream>[] {
  return [
    { name: 'Name', kind: 'lead', of: ({ name }) => <code>{name}</code> },
    { name: 'State', kind: 'tight', of: ({ state }) => <Badge tone={toneOf(state)}>{state}</Badge> },
    { name: 'From', kind: 'tight', of: ({ origin }) => origin },
    { name: 'Tools', kind: 'number', of: ({ tools }) => tools },
    {
      name: 'Withheld',
      kind: 'number',
      of: ({ quarantined }) => (quarantined > 0 ? <Badge tone="warn">{quarantined}</Badge> : '0'),
    },
    { name: 'Last failure', of: (upstream) => <LastFailure failure={upstream.lastFailure} /> },
    {
      name: 'Actions',
      kind: 'tight',
      isUntitled: true,
      of: (upstream) => (
        <span class="actions">
          <button
            type="button"
            class="button small"
            aria-label={`Tools of ${upstream.name}`}
            onClick={() => onOpen(upstream)}
          >
            Tools
          </button>
          {upstream.enabled && (
            <button
              type="button"
              class="button small"
              aria-label={`Restart ${upstream.name}`}
              onClick={() => void onRestart(upstream)}
            >
              Restart
            </button>
          )}
        </span>
      ),
    },
  ];
}
