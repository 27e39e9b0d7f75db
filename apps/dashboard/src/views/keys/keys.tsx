import { useState } from 'preact/hooks';
import { post, remove } from '../../api/request.js';
import type { Key } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Confirm } from '../../ui/confirm.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { columnsOf, type KeyAction } from './key-columns.js';
import { KeyForm } from './key-form.js';
import { MadeKey } from './made-key.js';

const PATH = '/admin/api-keys';
/** What agents that use the old key have to take over the new one. */
const OVERLAP_SECONDS = 3_600;

export function Keys() {
  const list = useList<Key>(PATH);
  const [asked, setAsked] = useState<KeyAction>();
  const [made, setMade] = useState<string>();
  const close = () => setAsked(undefined);
  const done = () => {
    close();
    list.reload();
  };
  const rotate = (key: Key, overlapSeconds: number) =>
    act(async () => {
      const { key: value } = await post<{ key: string }>(`${PATH}/${key.id}/rotate`, { overlapSeconds });
      setMade(value);
    }, `${key.name} has a new key`).then(done);
  return (
    <Page
      title="Keys"
      about="Who may call, and how much. A key is told once, when it is made."
      actions={
        <button type="button" class="button primary" onClick={() => setAsked({ what: 'create' })}>
          New key
        </button>
      }
    >
      <div class="panel">
        <Pages list={list} path={PATH} empty={<Empty title="There are no keys" />}>
          {(keys) => <Table label="Keys" columns={columnsOf(setAsked)} rows={keys} keyOf={({ id }) => id} />}
        </Pages>
      </div>
      {(asked?.what === 'create' || asked?.what === 'change') && (
        <KeyForm
          before={asked.what === 'change' ? asked.key : undefined}
          onClose={close}
          onDone={done}
          onMade={setMade}
        />
      )}
      {asked?.what === 'rotate' && (
        <Confirm
          title={`Rotate ${asked.key.name}?`}
          verb="Rotate"
          onClose={close}
          onConfirm={() => rotate(asked.key, OVERLAP_SECONDS)}
        >
          <p>It gets a new key. The old one works for another hour, so that nothing stops meanwhile.</p>
        </Confirm>
      )}
      {asked?.what === 'delete' && (
        <Confirm
          title={`Delete ${asked.key.name}?`}
          verb="Delete"
          onClose={close}
          onConfirm={() => act(() => remove(`${PATH}/${asked.key.id}`), `${asked.key.name} is deleted`).then(done)}
        >
          <p>Whoever uses it is refused within a second, and its connections are closed. It can’t be brought back.</p>
        </Confirm>
      )}
      {made !== undefined && <MadeKey value={made} onClose={() => setMade(undefined)} />}
    </Page>
  );
}
