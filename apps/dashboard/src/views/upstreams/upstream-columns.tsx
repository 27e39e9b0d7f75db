import type { Upstream } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import type { Column } from '../../ui/table.js';
import { toneOf } from '../../ui/tones.js';
import { LastFailure } from './last-failure.js';

export type UpstreamAction = 'tools' | 'restart' | 'remove';

export function columnsOf(ask: (what: UpstreamAction, upstream: Upstream) => void): Column<Upstream>[] {
  return [
    { name: 'Name', kind: 'lead', of: ({ name }) => <code>{name}</code> },
    { name: 'State', kind: 'tight', of: ({ state }) => <Badge tone={toneOf(state)}>{state}</Badge> },
    { name: 'From', kind: 'tight', of: ({ origin }) => origin },
    { name: 'Tools', kind: 'number', of: ({ tools }) => tools },
    {
      name: 'Withheld',
      kind: 'number',
      of: ({ quarantined }) => (quarantined > 0 ? <Badge tone="warn">{quarantined}</Badge> : '0'),
    },
    { name: 'Last failure', of: ({ lastFailure }) => <LastFailure failure={lastFailure} /> },
    {
      name: 'Actions',
      kind: 'tight',
      isUntitled: true,
      of: (upstream) => (
        <span class="actions">
          {actionsOf(upstream).map((what) => (
            <button
              key={what}
              type="button"
              class={`button small ${what === 'remove' ? 'danger' : ''}`}
              aria-label={`${titles[what]} ${upstream.name}`}
              onClick={() => ask(what, upstream)}
            >
              {shortTitles[what]}
            </button>
          ))}
        </span>
      ),
    },
  ];
}

/** One of the config file is removed there. */
function actionsOf({ enabled, origin }: Upstream): UpstreamAction[] {
  return ['tools', ...(enabled ? ['restart' as const] : []), ...(origin === 'admin' ? ['remove' as const] : [])];
}

const shortTitles = { tools: 'Tools', restart: 'Restart', remove: 'Remove' };
const titles = { ...shortTitles, tools: 'Tools of' };
