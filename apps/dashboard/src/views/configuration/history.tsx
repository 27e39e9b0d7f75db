import { useState } from 'preact/hooks';
import { post } from '../../api/request.js';
import type { ConfigChange } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Confirm } from '../../ui/confirm.js';
import { Moment } from '../../ui/moment.js';
import { Pages, useList } from '../../ui/pages.js';
import { Panel } from '../../ui/panel.js';
import { Empty } from '../../ui/states.js';
import { Table, type Column } from '../../ui/table.js';
import { shownValue } from './shown-value.js';

const PATH = '/config/history';

export function History({ version, onUndone }: { version: number; onUndone: () => void }) {
  const list = useList<ConfigChange>(PATH);
  const [isAsked, setAsked] = useState(false);
  return (
    <Panel
      title="History"
      flush
      actions={
        <button type="button" class="button small" disabled={version === 0} onClick={() => setAsked(true)}>
          Undo the last change
        </button>
      }
    >
      <Pages list={list} path={PATH} empty={<Empty title="Nothing was changed at runtime" />}>
        {(changes) => <Table label="History" columns={columns} rows={changes} keyOf={(change) => change.version} />}
      </Pages>
      {isAsked && (
        <Confirm
          title="Undo the last change?"
          verb="Undo"
          onClose={() => setAsked(false)}
          onConfirm={() => act(() => post('/config/undo'), 'The last change is undone').then(onUndone)}
        >
          <p>Its settings are what they were before it. That is a change of its own, and stands in the history.</p>
        </Confirm>
      )}
    </Panel>
  );
}

const columns: readonly Column<ConfigChange>[] = [
  { name: 'Version', kind: 'number', of: ({ version }) => version },
  { name: 'When', kind: 'tight', of: ({ time }) => <Moment at={time} /> },
  { name: 'Who', of: ({ caller }) => caller.subject },
  {
    name: 'What',
    kind: 'lead',
    of: ({ changes, undoes }) => (
      <ul>
        {undoes !== undefined && <li class="muted">undoes version {undoes}</li>}
        {Object.entries(changes).map(([key, { from, to }]) => (
          <li key={key}>
            <code>{key}</code>: <code class="muted">{shownValue(from)}</code> → <code>{shownValue(to)}</code>
          </li>
        ))}
      </ul>
    ),
  },
];
