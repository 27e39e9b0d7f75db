import type { Key } from '../../api/shapes.js';

export const limitNames = [
  ['perMinute', 'Calls a minute'],
  ['perHour', 'Calls an hour'],
  ['concurrency', 'At once'],
  ['tokensPerDay', 'Tokens a day'],
  ['resultTokens', 'Tokens an answer'],
] as const;

type Limit = (typeof limitNames)[number][0];
type Text = 'name' | 'permissions' | 'owner' | 'team' | 'expiresAt' | 'allowedNetworks';

/** A key as it stands in the fields of its form. */
export type Draft = Record<Text | Limit, string>;

export function draftOf(key: Key | undefined): Draft {
  const limits = limitNames.map(([member]) => [member, key?.limits?.[member]?.toString() ?? ''] as const);
  return {
    name: key?.name ?? '',
    permissions: key?.permissions.join(' ') ?? 'read',
    owner: key?.owner ?? '',
    team: key?.team ?? '',
    expiresAt: key?.expiresAt ? localOf(key.expiresAt) : '',
    allowedNetworks: key?.allowedNetworks?.join(' ') ?? '',
    ...(Object.fromEntries(limits) as Record<Limit, string>),
  };
}

/** What the gateway is asked for. A change takes away what was emptied; a new key leaves it out. */
export function bodyOf(draft: Draft, isChange: boolean): Record<string, unknown> {
  const none = isChange ? null : undefined;
  const limits = limitNames.flatMap(([member]) => (draft[member] === '' ? [] : [[member, Number(draft[member])]]));
  const networks = words(draft.allowedNetworks);
  return {
    name: draft.name.trim(),
    permissions: words(draft.permissions),
    owner: draft.owner.trim() || none,
    team: draft.team.trim() || none,
    expiresAt: draft.expiresAt === '' ? none : new Date(draft.expiresAt).toISOString(),
    allowedNetworks: networks.length > 0 ? networks : none,
    limits: limits.length > 0 ? Object.fromEntries(limits) : none,
  };
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** As a field for date and time takes it: in the time of whoever looks at it. */
function localOf(iso: string): string {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
