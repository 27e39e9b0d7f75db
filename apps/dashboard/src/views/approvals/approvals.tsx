import { useState } from 'preact/hooks';
import type { Approval } from '../../api/shapes.js';
import { useRoom } from '../../session/follow-room.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { ApprovalCard } from './approval-card.js';

const PATH = '/admin/approvals';

export function Approvals() {
  const [state, setState] = useState('pending');
  const query = state === '' ? {} : { state };
  const list = useList<Approval>(PATH, query);
  // an event is news of one of them; the list knows who asks and what it touches
  useRoom('approvals', 'approval', { joined: list.reload, take: list.reload });
  return (
    <Page
      title="Approvals"
      about="Calls that wait for a person. What you approve runs once, exactly as it stands here."
    >
      <div class="filters">
        <select aria-label="State" value={state} onChange={(event) => setState(event.currentTarget.value)}>
          <option value="pending">Waiting</option>
          <option value="">All</option>
          {['approved', 'denied', 'expired', 'running', 'done', 'lost'].map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      <Pages
        list={list}
        path={PATH}
        query={query}
        empty={
          <div class="panel">
            <Empty title={state === 'pending' ? 'Nothing waits for you' : 'There are none'}>
              <p class="muted">
                <code>approvals.require</code> in the configuration names the operations that need a person.
              </p>
            </Empty>
          </div>
        }
      >
        {(approvals) => (
          <ul class="cards">
            {approvals.map((approval) => (
              <ApprovalCard key={approval.id} approval={approval} onDecided={list.reload} />
            ))}
          </ul>
        )}
      </Pages>
    </Page>
  );
}
