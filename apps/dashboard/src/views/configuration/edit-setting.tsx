import { useState } from 'preact/hooks';
import { post } from '../../api/request.js';
import type { ConfigValue } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Dialog } from '../../ui/dialog.js';
import { Entry } from '../../ui/entry.js';
import { shownValue, typedValue } from './shown-value.js';

interface Props {
  setting: [key: string, value: ConfigValue];
  onClose: () => void;
  onChanged: () => void;
}

export function EditSetting({ setting: [key, { value, description, variable, origin }], onClose, onChanged }: Props) {
  const [typed, setTyped] = useState(value === null ? '' : shownValue(value));
  const change = async (to: unknown, done: string) => {
    if (!(await act(() => post('/config', { [key]: to }), done))) return;
    onChanged();
    onClose();
  };
  return (
    <Dialog title={`Edit ${key}`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void change(typedValue(value, typed), `${key} is changed`);
        }}
      >
        <p class="muted">{description}</p>
        <Entry
          label={key}
          value={typed}
          onType={setTyped}
          hint={`Holds from now on, over ${variable} and the config file, and stands in the history.`}
          {...(typeof value === 'object' && value !== null && { lines: 6 })}
        />
        <div class="form-actions">
          {origin === 'runtime' && (
            <button type="button" class="button" onClick={() => void change(null, `${key} is what it was before`)}>
              Take the change away
            </button>
          )}
          <button type="submit" class="button primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
