import { useMemo, useState } from 'preact/hooks';
import { logs } from '../../feeds/feeds.js';
import type { Entry } from '../../feeds/log-feed.js';
import { useRoom } from '../../session/follow-room.js';
import { Page } from '../../ui/page.js';
import { PauseButton } from '../../ui/pause-button.js';
import { SearchField } from '../../ui/search-field.js';
import { Empty, Loading, NoPermission } from '../../ui/states.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { LogDetail } from './log-detail.js';
import { LogLine } from './log-line.js';

const ROW = 28;
const ranks: Readonly<Record<string, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export function Logs() {
  const { isAnswered, refused } = useRoom('logs', 'log', logs);
  const [text, setText] = useState('');
  const [level, setLevel] = useState('debug');
  const [held, setHeld] = useState<Entry[]>();
  const [open, setOpen] = useState<Entry>();
  const turn = logs.turn.value;
  const entries = useMemo(() => held ?? logs.newest(), [turn, held]);
  const shown = useMemo(() => entries.filter((entry) => fits(entry, text, level)), [entries, text, level]);
  const permission = refused?.details?.permission;
  return (
    <Page
      title="Logs"
      about="The gateway’s log as it is written, without secrets."
      actions={<PauseButton isPaused={held !== undefined} onClick={() => setHeld(held ? undefined : logs.newest())} />}
    >
      <div class="filters">
        <SearchField label="Filter entries" placeholder="Text, part or request id" value={text} onText={setText} />
        <select aria-label="Level" value={level} onChange={(event) => setLevel(event.currentTarget.value)}>
          <option value="debug">Everything</option>
          <option value="info">info and above</option>
          <option value="warn">warn and above</option>
          <option value="error">error</option>
        </select>
        <span class="muted">{shown.length} entries</span>
      </div>
      <div class="panel flush stream">
        {permission !== undefined ? (
          <NoPermission permission={permission} />
        ) : !isAnswered ? (
          <Loading rows={8} />
        ) : shown.length === 0 ? (
          <Empty title={text === '' ? 'The log is empty' : 'No entry fits'} />
        ) : (
          <VirtualList label="Log" items={shown} rowHeight={ROW} keyOf={({ id }) => id}>
            {(entry) => <LogLine entry={entry} onOpen={setOpen} />}
          </VirtualList>
        )}
      </div>
      {open && <LogDetail entry={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function fits({ level, message, context = '', requestId = '' }: Entry, text: string, wanted: string): boolean {
  if ((ranks[level] ?? 0) > (ranks[wanted] ?? 0)) return false;
  return text === '' || `${context} ${message} ${requestId}`.toLowerCase().includes(text.toLowerCase());
}
