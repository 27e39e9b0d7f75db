import { useState } from 'preact/hooks';
import { get, remove } from '../../api/request.js';
import type { Block, Config, SecurityStats } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Badge } from '../../ui/badge.js';
import { count } from '../../ui/format.js';
import { Moment } from '../../ui/moment.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Panel } from '../../ui/panel.js';
import { Loaded, useResource } from '../../ui/resource.js';
import { Empty } from '../../ui/states.js';
import { Table, type Column } from '../../ui/table.js';
import { Settings } from '../configuration/settings.js';
import { NewBlock } from './new-block.js';

const PATH = '/admin/ip-blocks';
const sections = ['security.max', 'security.rateLimit', 'security.block'];
const isLimit = (key: string): boolean => sections.some((section) => key.startsWith(section));

export function Limits() {
  return (
    <Page title="Limits and blocks" about="What every caller may spend, and which networks are refused.">
      <Counters />
      <Blocks />
      <DefaultLimits />
    </Page>
  );
}

function Counters() {
  const stats = useResource(() => get<SecurityStats>('/api/security/stats'));
  return (
    <div class="panel">
      <Loaded resource={stats} rows={2}>
        {({ authFailures, blockedAddresses, rateLimited, deniedCalls, activeKeys }) => (
          <dl class="tiles bare">
            {(
              [
                ['Limited calls', rateLimited],
                ['Denied calls', deniedCalls],
                ['Failed sign-ins', authFailures],
                ['Slowed addresses', blockedAddresses],
                ['Active keys', activeKeys],
              ] as const
            ).map(([name, value]) => (
              <div key={name} class="tile">
                <dt>{name}</dt>
                <dd class="tile-value">{count(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </div>
  );
}

function Blocks() {
  const list = useList<Block>(PATH);
  const [isAdding, setAdding] = useState(false);
  const lift = async ({ id, network }: Block) => {
    await act(() => remove(`${PATH}/${id}`), `${network} is let in again`);
    list.reload();
  };
  return (
    <Panel
      title="Blocked networks"
      flush
      actions={
        <button type="button" class="button small" onClick={() => setAdding(true)}>
          Block a network
        </button>
      }
    >
      <Pages list={list} path={PATH} empty={<Empty title="Nobody is blocked" />}>
        {(blocks) => <Table label="Blocked networks" columns={columnsOf(lift)} rows={blocks} keyOf={({ id }) => id} />}
      </Pages>
      {isAdding && <NewBlock onClose={() => setAdding(false)} onMade={list.reload} />}
    </Panel>
  );
}

function columnsOf(lift: (block: Block) => Promise<void>): Column<Block>[] {
  return [
    { name: 'Network', kind: 'lead', of: ({ network }) => <code>{network}</code> },
    { name: 'Reason', of: ({ reason }) => reason ?? <span class="muted">–</span> },
    {
      name: 'By',
      kind: 'tight',
      of: ({ origin }) => <Badge tone={origin === 'automatic' ? 'info' : 'neutral'}>{origin}</Badge>,
    },
    { name: 'Since', kind: 'tight', of: ({ createdAt }) => <Moment at={createdAt} /> },
    { name: 'Until', kind: 'tight', of: ({ expiresAt }) => <Moment at={expiresAt} none="lifted" /> },
    {
      name: 'Actions',
      kind: 'tight',
      isUntitled: true,
      of: (block) => (
        <button
          type="button"
          class="button small"
          aria-label={`Lift the block of ${block.network}`}
          onClick={() => void lift(block)}
        >
          Lift
        </button>
      ),
    },
  ];
}

function DefaultLimits() {
  const config = useResource(() => get<Config>('/config'));
  return (
    <Panel title="Limits of every caller" flush>
      <Loaded resource={config}>
        {({ values }) => (
          <Settings
            label="Limits"
            settings={Object.entries(values).filter(([key]) => isLimit(key))}
            onChanged={config.reload}
          />
        )}
      </Loaded>
    </Panel>
  );
}
