import { useState } from 'preact/hooks';
import { get } from '../../api/request.js';
import type { Config, ConfigValue } from '../../api/shapes.js';
import { Page } from '../../ui/page.js';
import { Panel } from '../../ui/panel.js';
import { Loaded, useResource } from '../../ui/resource.js';
import { SearchField } from '../../ui/search-field.js';
import { Empty } from '../../ui/states.js';
import { History } from './history.js';
import { Settings } from './settings.js';

export function Configuration() {
  const config = useResource(() => get<Config>('/config'));
  return (
    <Page title="Configuration" about="What holds now, and where it comes from. Secrets are masked.">
      <Loaded resource={config} rows={10}>
        {({ values, version }) => (
          <>
            <Values values={values} onChanged={config.reload} />
            <History key={version} version={version} onUndone={config.reload} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Values({ values, onChanged }: { values: Record<string, ConfigValue>; onChanged: () => void }) {
  const [text, setText] = useState('');
  const [isChangedOnly, setChangedOnly] = useState(false);
  const wanted = text.toLowerCase();
  const settings = Object.entries(values).filter(
    ([key, { description, variable, origin }]) =>
      `${key} ${description} ${variable}`.toLowerCase().includes(wanted) && !(isChangedOnly && origin === 'default'),
  );
  return (
    <>
      <div class="filters">
        <SearchField
          label="Search settings"
          placeholder="Key, variable or what it does"
          value={text}
          onText={setText}
        />
        <label class="check">
          <input type="checkbox" checked={isChangedOnly} onChange={() => setChangedOnly(!isChangedOnly)} />
          Only what is not the default
        </label>
        <span class="muted">{settings.length} settings</span>
      </div>
      <Panel flush>
        {settings.length === 0 ? (
          <Empty title="No setting fits" />
        ) : (
          <Settings label="Settings" settings={settings} onChanged={onChanged} />
        )}
      </Panel>
    </>
  );
}
