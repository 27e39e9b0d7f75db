import type { Entry } from '../../feeds/log-feed.js';
import { time } from '../../ui/format.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';

export function LogLine({ entry, onOpen }: { entry: Entry; onOpen: (entry: Entry) => void }) {
  const { level, context, message } = entry;
  return (
    <button type="button" class="log-line" onClick={() => onOpen(entry)}>
      <span class="muted">{time(entry.time)}</span>
      <span class={`log-level ${toneOf(level)}`}>{level}</span>
      <span class="muted log-part">{context}</span>
      <code>{writtenOut(message)}</code>
    </button>
  );
}
