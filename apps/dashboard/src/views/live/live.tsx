import { useMemo, useState } from 'preact/hooks';
import { calls } from '../../feeds/feeds.js';
import type { Call } from '../../feeds/call-feed.js';
import { useRoom } from '../../session/follow-room.js';
import { holds } from '../../session/session.js';
import { Page } from '../../ui/page.js';
import { PauseButton } from '../../ui/pause-button.js';
import { SearchField } from '../../ui/search-field.js';
import { Empty, Loading } from '../../ui/states.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { CallDetail } from './call-detail.js';
import { CallLine } from './call-line.js';

const ROW = 34;
const states = ['running', 'ok', 'error', 'denied', 'limited', 'unknown'] as const;

export function Live() {
  const { isAnswered, refused } = useRoom('tool-executions', 'tool_executed', calls);
  const [text, setText] = useState('');
  const [state, setState] = useState('');
  const [held, setHeld] = useState<Call[]>();
  const [open, setOpen] = useState<Call>();
  const turn = calls.turn.value;
  const known = useMemo(() => held ?? calls.newest(), [turn, held]);
  const shown = useMemo(() => known.filter((call) => fits(call, text, state)), [known, text, state]);
  return (
    <Page
      title="Live calls"
      about={
        holds('monitor') ? 'Every call as it happens.' : 'Your own calls as they happen. Those of others need monitor.'
      }
      actions={<PauseButton isPaused={held !== undefined} onClick={() => setHeld(held ? undefined : calls.newest())} />}
    >
      <div class="filters">
        <SearchField
          label="Filter calls"
          placeholder="Operation, caller, door or request id"
          value={text}
          onText={setText}
        />
        <select aria-label="State" value={state} onChange={(event) => setState(event.currentTarget.value)}>
          <option value="">All states</option>
          {states.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <span class="muted">{shown.length} calls</span>
      </div>
      {refused && <p class="problem">{refused.message}</p>}
      {!isAnswered ? (
        <Loading rows={8} />
      ) : shown.length === 0 ? (
        <div class="panel">
          <Empty title={text || state ? 'No call fits this filter' : 'No calls yet'}>
            <p class="muted">They appear here as agents make them.</p>
          </Empty>
        </div>
      ) : (
        <div class="panel flush stream">
          <VirtualList label="Calls" items={shown} rowHeight={ROW} keyOf={({ id }) => id}>
            {(call) => <CallLine call={call} onOpen={setOpen} />}
          </VirtualList>
        </div>
      )}
      {open && <CallDetail call={calls.known(open)} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function fits({ service, operation, caller, door, requestId, state }: Call, text: string, wanted: string): boolean {
  if (wanted !== '' && state !== wanted) return false;
  if (text === '') return true;
  return `${service}.${operation} ${caller} ${door} ${requestId}`.toLowerCase().includes(text.toLowerCase());
}
