import { useState } from 'preact/hooks';
import type { Alert } from '../../api/shapes.js';
import { useRoom } from '../../session/follow-room.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { AlertCard } from './alert-card.js';
import { withEvent } from './told-alert.js';

const PATH = '/admin/alerts';

export function Alerts() {
  const [state, setState] = useState('');
  const query = state === '' ? {} : { state };
  const list = useList<Alert>(PATH, query);
  const { set, reload } = list;
  useRoom('alerts', 'alert', {
    joined: reload,
    take: (event) => set((known) => ({ ...known, items: withEvent(known.items, event) })),
  });
  return (
    <Page title="Alerts" about="What is wrong, and what was. Thresholds are under Configuration, alerts.">
      <div class="filters">
        <select aria-label="State" value={state} onChange={(event) => setState(event.currentTarget.value)}>
          <option value="">All</option>
          <option value="raised">Raised</option>
          <option value="resolved">Resolved</option>
        </select>
      </div>
      <Pages
        list={list}
        path={PATH}
        query={query}
        empty={
          <div class="panel">
            <Empty title="All is well">
              <p class="muted">Nothing that the gateway watches is over its threshold.</p>
            </Empty>
          </div>
        }
      >
        {(alerts) => (
          <ul class="cards">
            {alerts
              .filter((alert) => fits(alert, state))
              .map((alert) => (
                <AlertCard key={alert.id} alert={alert} onAnswered={list.reload} />
              ))}
          </ul>
        )}
      </Pages>
    </Page>
  );
}

function fits({ resolvedAt }: Alert, state: string): boolean {
  return state === '' || (state === 'raised') === (resolvedAt === null);
}
