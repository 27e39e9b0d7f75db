import { useState } from 'preact/hooks';
import { patch, post } from '../../api/request.js';
import type { Key } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Dialog } from '../../ui/dialog.js';
import { Entry } from '../../ui/entry.js';
import { changeOf, draftOf, limitFields, limitNames, newKeyOf, type Draft } from './key-draft.js';

interface Props {
  /** Undefined for a new one. */
  before: Key | undefined;
  onClose: () => void;
  onDone: () => void;
  onMade: (key: string) => void;
}

export function KeyForm({ before, onClose, onDone, onMade }: Props) {
  const [draft, setDraft] = useState(() => draftOf(before));
  const enter = (member: keyof Draft) => ({
    value: draft[member],
    onType: (text: string) => setDraft({ ...draft, [member]: text }),
  });
  const save = async () => {
    const isSaved = before
      ? await act(() => patch(`/admin/api-keys/${before.id}`, changeOf(draft, before)), `${draft.name} is changed`)
      : await act(
          async () => onMade((await post<{ key: string }>('/admin/api-keys', newKeyOf(draft))).key),
          `${draft.name} is made`,
        );
    if (isSaved) onDone();
  };
  return (
    <Dialog title={before ? `Change ${before.name}` : 'New key'} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Entry label="Name" {...enter('name')} required />
        <Entry
          label="Permissions"
          {...enter('permissions')}
          required
          hint="Separated by spaces: read, write, execute, monitor, approve, admin; postgres:read for one service; postgres.query for one operation; * for all."
        />
        <div class="form-row">
          <Entry label="Owner" {...enter('owner')} />
          <Entry label="Team" {...enter('team')} />
        </div>
        <div class="form-row">
          <Entry label="Expires" type="datetime-local" {...enter('expiresAt')} hint="Empty for never." />
          <Entry label="Networks" {...enter('allowedNetworks')} placeholder="10.0.0.0/8" hint="Empty for anywhere." />
        </div>
        <fieldset class="limits">
          <legend>Limits of its own; 0 lifts one, empty means the gateway’s</legend>
          <div class="form-row">
            {limitNames.map((member) => {
              const [label, step] = limitFields[member];
              return <Entry key={member} label={label} type="number" step={step} {...enter(member)} />;
            })}
          </div>
        </fieldset>
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            {before ? 'Save' : 'Make the key'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
