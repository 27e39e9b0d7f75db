import { post } from '../../api/request.js';
import type { Alert } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Badge } from '../../ui/badge.js';
import { Facts } from '../../ui/facts.js';
import { Moment } from '../../ui/moment.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';

const SILENCE_MS = 4 * 3_600_000;

export function AlertCard({ alert, onAnswered }: { alert: Alert; onAnswered: () => void }) {
  const { id, rule, subject, severity, message, raisedAt, resolvedAt, acknowledgedAt, silencedUntil } = alert;
  const others = alert.alsoSeenBy?.length ?? 0;
  const answer = async (how: string, body: object, done: string) => {
    await act(() => post(`/admin/alerts/${id}/${how}`, body), done);
    onAnswered();
  };
  const isSilent = silencedUntil !== null && Date.parse(silencedUntil) > Date.now();
  return (
    <li class="panel card">
      <div class="card-head">
        <code class="grow">
          {rule}
          {subject ? ` of ${subject}` : ''}
        </code>
        <Badge tone={toneOf(severity)}>{severity}</Badge>
        <Badge tone={resolvedAt === null ? 'bad' : 'good'}>{resolvedAt === null ? 'raised' : 'resolved'}</Badge>
      </div>
      <p>{writtenOut(message)}</p>
      <Facts
        facts={[
          ['Raised', <Moment at={raisedAt} />],
          ['Seen by', others === 0 ? undefined : `${others + 1} gateways`],
          ['Resolved', resolvedAt === null ? undefined : <Moment at={resolvedAt} />],
          ['Acknowledged', acknowledgedAt === null ? undefined : <Moment at={acknowledgedAt} />],
          ['Silent until', isSilent ? <Moment at={silencedUntil} /> : undefined],
          ['Told', alert.deliveries.length === 0 ? undefined : <Deliveries deliveries={alert.deliveries} />],
        ]}
      />
      {resolvedAt === null && (
        <div class="actions">
          {acknowledgedAt === null && (
            <button
              type="button"
              class="button"
              onClick={() => void answer('acknowledge', {}, `${rule} is acknowledged`)}
            >
              Acknowledge
            </button>
          )}
          <button
            type="button"
            class="button"
            onClick={() => {
              const untilAt = isSilent ? null : new Date(Date.now() + SILENCE_MS).toISOString();
              void answer(
                'silence',
                { untilAt },
                isSilent ? `${rule} is told of again` : `${rule} is silent for four hours`,
              );
            }}
          >
            {isSilent ? 'End the silence' : 'Silence for 4 hours'}
          </button>
        </div>
      )}
    </li>
  );
}

function Deliveries({ deliveries }: { deliveries: Alert['deliveries'] }) {
  return (
    <ul>
      {deliveries.map(({ channel, news, state, problem }) => (
        <li key={`${channel} ${news}`}>
          {channel}, {news}: {state}
          {problem !== null && <span class="bad-text"> {problem}</span>}
        </li>
      ))}
    </ul>
  );
}
