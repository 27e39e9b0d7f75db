import { useState } from 'preact/hooks';
import type { ConfigValue } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { Table, type Column } from '../../ui/table.js';
import { EditSetting } from './edit-setting.js';
import { shownValue } from './shown-value.js';

type Setting = [key: string, value: ConfigValue];

interface Props {
  label: string;
  settings: readonly Setting[];
  onChanged: () => void;
}

/** Settings with where their values come from; those that may change while the gateway runs can be edited. */
export function Settings({ label, settings, onChanged }: Props) {
  const [edited, setEdited] = useState<Setting>();
  return (
    <>
      <Table label={label} columns={columnsOf(setEdited)} rows={settings} keyOf={([key]) => key} />
      {edited && <EditSetting setting={edited} onClose={() => setEdited(undefined)} onChanged={onChanged} />}
    </>
  );
}

function columnsOf(edit: (setting: Setting) => void): Column<Setting>[] {
  return [
    {
      name: 'Setting',
      kind: 'lead',
      of: ([key, { description }]) => (
        <>
          <code>{key}</code>
          <br />
          <span class="muted">{description}</span>
        </>
      ),
    },
    { name: 'Value', of: ([, { value }]) => <code class="clamp">{shownValue(value)}</code> },
    {
      name: 'From',
      kind: 'tight',
      of: ([, { origin, variable }]) => (
        <span title={variable}>
          <Badge tone={origin === 'runtime' ? 'info' : 'neutral'}>{origin}</Badge>
        </span>
      ),
    },
    {
      name: 'Actions',
      kind: 'tight',
      isUntitled: true,
      of: (setting) =>
        setting[1].runtime ? (
          <button type="button" class="button small" aria-label={`Edit ${setting[0]}`} onClick={() => edit(setting)}>
            Edit
          </button>
        ) : (
          <span class="muted">at the start</span>
        ),
    },
  ];
}
