import { useState } from 'preact/hooks';
import { post } from '../../api/request.js';
import type { Approval } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Badge } from '../../ui/badge.js';
import { Code } from '../../ui/code.js';
import { Facts } from '../../ui/facts.js';
import { json } from '../../ui/format.js';
import { Moment } from '../../ui/moment.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';

export function ApprovalCard({ approval, onDecided }: { approval: Approval; onDecided: () => void }) {
  const { operation, state, asker, caller, door, description, touches, createdAt, expiresAt } = approval;
  return (
    <li class="panel card">
      <div class="card-head">
        <code class="grow">{writtenOut(operation)}</code>
        <Badge tone={toneOf(state)}>{state === 'pending' ? 'waiting' : state}</Badge>
      </div>
      <p class="muted">{description !== null && writtenOut(description)}</p>
      {touches.length > 0 && (
        <div class="touches">
          <p>What it would touch</p>
          <ul>
            {touches.map((line) => (
              <li key={line}>{writtenOut(line)}</li>
            ))}
          </ul>
        </div>
      )}
      <Facts
        facts={[
          ['Asked by', `${asker.subject} (${caller}) through ${door}`],
          ['On behalf of', asker.onBehalfOf],
          ['Asked', <Moment at={createdAt} />],
          ['Expires', state === 'pending' ? <Moment at={expiresAt} /> : undefined],
          ['Decided by', approval.decidedBy?.subject],
          ['Note', approval.note],
        ]}
      />
      <Code label={`Arguments of ${operation}`} text={json(approval.arguments)} />
      {state === 'pending' && <Decision approval={approval} onDecided={onDecided} />}
    </li>
  );
}

function Decision({ approval: { id, operation }, onDecided }: { approval: Approval; onDecided: () => void }) {
  const [note, setNote] = useState('');
  const [isBusy, setBusy] = useState(false);
  const decide = async (decision: 'approve' | 'deny') => {
    setBusy(true);
    const body = { decision, ...(note.trim() !== '' && { note: note.trim() }) };
    await act(
      () => post(`/admin/approvals/${id}`, body),
      `${operation} is ${decision === 'approve' ? 'approved' : 'denied'}`,
    );
    setBusy(false);
    onDecided();
  };
  return (
    <div class="decision">
      <input
        aria-label={`Note on ${operation}`}
        placeholder="A note, which the caller is told"
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
      <button type="button" class="button danger" disabled={isBusy} onClick={() => void decide('deny')}>
        Deny
      </button>
      <button type="button" class="button primary" disabled={isBusy} onClick={() => void decide('approve')}>
        Approve
      </button>
    </div>
  );
}
