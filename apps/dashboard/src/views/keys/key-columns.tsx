import type { Key } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { count } from '../../ui/format.js';
import { Moment } from '../../ui/moment.js';
import type { Column } from '../../ui/table.js';

export type KeyAction = { what: 'create' } | { what: 'change' | 'rotate' | 'delete'; key: Key };

const actions = ['change', 'rotate', 'delete'] as const;

export function columnsOf(ask: (action: KeyAction) => void): Column<Key>[] {
  return [
    {
      name: 'Name',
      kind: 'lead',
      of: ({ name, prefix, origin }) => (
        <>
          {name} {origin === 'environment' && <Badge>from the environment</Badge>}
          {prefix !== '' && (
            <>
              <br />
              <code class="muted">{prefix}…</code>
            </>
          )}
        </>
      ),
    },
    {
      name: 'Permissions',
      of: ({ permissions }) => (
        <span class="badges">
          {permissions.map((permission) => (
            <Badge key={permission} tone={permission === '*' || permission === 'admin' ? 'warn' : 'neutral'}>
              {permission}
            </Badge>
          ))}
        </span>
      ),
    },
    {
      name: 'Owner',
      of: ({ owner, team }) => [owner, team].filter(Boolean).join(', ') || <span class="muted">–</span>,
    },
    {
      name: 'Last used',
      of: ({ lastUsedAt, useCount }) => (
        <>
          <Moment at={lastUsedAt} none="never" />
          <br />
          <span class="muted">{count(useCount)} times</span>
        </>
      ),
    },
    { name: 'Expires', of: ({ expiresAt }) => <Moment at={expiresAt} none="never" /> },
    {
      name: 'Actions',
      kind: 'tight',
      isUntitled: true,
      of: (key) =>
        key.origin === 'store' && (
          <span class="actions">
            {actions.map((what) => (
              <button
                key={what}
                type="button"
                class={`button small ${what === 'delete' ? 'danger' : ''}`}
                aria-label={`${titles[what]} ${key.name}`}
                onClick={() => ask({ what, key })}
              >
                {titles[what]}
              </button>
            ))}
          </span>
        ),
    },
  ];
}

const titles = { change: 'Change', rotate: 'Rotate', delete: 'Delete' };
