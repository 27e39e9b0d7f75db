import { useState } from 'preact/hooks';
import type { UpstreamEvent } from '#libs/kit';
import { post, remove } from '../../api/request.js';
import type { Upstream } from '../../api/shapes.js';
import { useRoom } from '../../session/follow-room.js';
import { act } from '../../ui/act.js';
import { Confirm } from '../../ui/confirm.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { NewUpstream } from './new-upstream.js';
import { columnsOf, type UpstreamAction } from './upstream-columns.js';
import { UpstreamTools } from './upstream-tools.js';

const PATH = '/admin/upstreams';

export function Upstreams() {
  const list = useList<Upstream>(PATH);
  const [asked, setAsked] = useState<{ what: UpstreamAction; upstream: Upstream }>();
  const [isAdding, setAdding] = useState(false);
  const { set, reload } = list;
  useRoom('upstreams', 'upstream', {
    joined: reload,
    take(event) {
      set(({ items, nextCursor }) => ({ items: items.map((each) => changedBy(each, event)), nextCursor }));
      // its last failure is told by the list alone
      reload();
    },
  });
  const close = () => setAsked(undefined);
  const ask = (what: UpstreamAction, upstream: Upstream) => {
    const { name } = upstream;
    if (what === 'restart') void act(() => post(`${addressOf(name)}/restart`), `${name} restarts`);
    else setAsked({ what, upstream });
  };
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
          {(items) => <Table label="Upstreams" columns={columnsOf(ask)} rows={items} keyOf={({ name }) => name} />}
        </Pages>
      </div>
      {asked?.what === 'tools' && <UpstreamTools upstream={asked.upstream} onClose={close} onApprove={reload} />}
      {asked?.what === 'remove' && (
        <Confirm
          title={`Remove ${asked.upstream.name}?`}
          verb="Remove"
          onClose={close}
          onConfirm={() =>
            act(() => remove(addressOf(asked.upstream.name)), `${asked.upstream.name} is removed`).then(reload)
          }
        >
          <p>Its tools are gone at once, and calls that run there end. Its credentials are forgotten.</p>
        </Confirm>
      )}
      {isAdding && <NewUpstream onClose={() => setAdding(false)} onMade={reload} />}
    </Page>
  );
}

const addressOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

function changedBy(upstream: Upstream, { upstream: name, state, tools, quarantined }: UpstreamEvent): Upstream {
  return upstream.name === name ? { ...upstream, state, tools, quarantined } : upstream;
}
