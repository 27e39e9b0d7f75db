import { useState } from 'preact/hooks';
import { get } from '../../api/request.js';
import type { UsageItem } from '../../api/shapes.js';
import { count } from '../../ui/format.js';
import { Panel } from '../../ui/panel.js';
import { Loaded, useResource } from '../../ui/resource.js';
import { Empty } from '../../ui/states.js';
import { Tabs } from '../../ui/tabs.js';

const HOUR_MS = 3_600_000;
const SHOWN = 8;
const kinds = [
  ['operation', 'Operations'],
  ['caller', 'Callers'],
  ['service', 'Services'],
  ['team', 'Teams'],
] as const;
type Kind = (typeof kinds)[number][0];

/** Who and what is busy, by the account of the last hour. */
export function Busy() {
  const [kind, setKind] = useState<Kind>('operation');
  return (
    <Panel title="Busy in the last hour">
      <Tabs label="Busy by" tabs={kinds} selected={kind} onSelect={setKind}>
        <Ranking key={kind} kind={kind} />
      </Tabs>
    </Panel>
  );
}

function Ranking({ kind }: { kind: Kind }) {
  const usage = useResource(() => {
    const from = new Date(Date.now() - HOUR_MS).toISOString();
    return get<{ items: UsageItem[] }>('/admin/usage', { by: kind, from });
  }, [kind]);
  return (
    <Loaded resource={usage}>
      {({ items }) => {
        if (items.length === 0) return <Empty title="No calls in the last hour" />;
        const most = items[0]?.calls ?? 1;
        return (
          <ul class="ranking">
            {items.slice(0, SHOWN).map(({ key, calls, errors, tokens }) => (
              <li key={key}>
                <span class="ranking-bar" style={{ width: `${(calls / most) * 100}%` }} />
                <code class="ranking-name">{key}</code>
                {errors > 0 && <span class="bad-text">{count(errors)} failed</span>}
                <span class="muted">{count(tokens)} tokens</span>
                <b>{count(calls)}</b>
              </li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}
