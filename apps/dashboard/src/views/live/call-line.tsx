import type { Call } from '../../feeds/call-feed.js';
import { Badge } from '../../ui/badge.js';
import { milliseconds, progressText, time } from '../../ui/format.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';

export function CallLine({ call, onOpen }: { call: Call; onOpen: (call: Call) => void }) {
  const { service, operation, caller, door, startedAt, state, errorKind, durationMs, progress } = call;
  return (
    <button type="button" class="call-line" onClick={() => onOpen(call)}>
      <span class="muted call-time">{time(startedAt)}</span>
      <code class="call-name">
        {service && <span class="muted">{service}.</span>}
        {writtenOut(operation)}
      </code>
      <span class="muted call-caller">{writtenOut(caller)}</span>
      <span class="muted call-door">{door}</span>
      <span class="call-progress muted">{progress && writtenOut(progressText(progress))}</span>
      <span class="call-duration">{durationMs === undefined ? '' : milliseconds(durationMs)}</span>
      <Badge tone={toneOf(state)}>{errorKind ?? state}</Badge>
    </button>
  );
}
