import { get } from '../../api/request.js';
import type { AuditItem, List } from '../../api/shapes.js';
import type { Call } from '../../feeds/call-feed.js';
import { Badge } from '../../ui/badge.js';
import { Code } from '../../ui/code.js';
import { Dialog } from '../../ui/dialog.js';
import { Facts } from '../../ui/facts.js';
import { bytes, count, json, milliseconds } from '../../ui/format.js';
import { Moment } from '../../ui/moment.js';
import { Loaded, useResource } from '../../ui/resource.js';
import { Empty } from '../../ui/states.js';
import { toneOf } from '../../ui/tones.js';
import { Steps } from './steps.js';

/** One call: what was told of it live, and what the audit keeps of it. */
export function CallDetail({ call, onClose }: { call: Call; onClose: () => void }) {
  const { requestId, service, operation, caller, door, startedAt, state, errorKind, durationMs, steps, traceId } = call;
  return (
    <Dialog drawer title={[service, operation].filter(Boolean).join('.')} onClose={onClose}>
      <Facts
        facts={[
          ['State', <Badge tone={toneOf(state)}>{errorKind ?? state}</Badge>],
          ['Caller', <code>{caller}</code>],
          ['Door', door],
          ['Started', <Moment at={startedAt} />],
          ['Took', durationMs === undefined ? undefined : milliseconds(durationMs)],
          ['Request', <code>{requestId}</code>],
          ['Trace', traceId === undefined ? undefined : <code>{traceId}</code>],
        ]}
      />
      {steps && durationMs !== undefined && (
        <section>
          <h3>Step by step</h3>
          <Steps taken={steps} durationMs={durationMs} />
        </section>
      )}
      <Kept call={call} key={state} />
    </Dialog>
  );
}

function Kept({ call: { requestId, service, operation, state } }: { call: Call }) {
  const lines = useResource(
    () => get<List<AuditItem>>('/admin/audit', { requestId, ...(service && { service, operation }) }),
    [requestId],
  );
  if (state === 'running') return <p class="muted">Its arguments are in the audit once it has ended.</p>;
  return (
    <section>
      <h3>In the audit</h3>
      <Loaded resource={lines} rows={3}>
        {({ items: [line] }) =>
          line ? (
            <>
              <Facts
                facts={[
                  ['Name', line.callerSubject],
                  ['Address', line.address],
                  ['Answer', `${bytes(line.bytes)}, ${count(line.tokens)} tokens`],
                ]}
              />
              <h3>Arguments, without secrets</h3>
              <Code label="Arguments" text={json(line.arguments)} />
            </>
          ) : (
            <Empty title="The audit has no line of it yet" />
          )
        }
      </Loaded>
    </section>
  );
}
