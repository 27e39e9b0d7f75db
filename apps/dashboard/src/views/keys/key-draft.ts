import type { CallerBudget } from '#libs/kit';
import type { Key } from '../../api/shapes.js';

type Limit = keyof CallerBudget;

/** How each is called, and the steps in which it may be chosen: money has parts. */
export const limitFields: Readonly<Record<Limit, readonly [name: string, step: 1 | 'any']>> = {
  perMinute: ['Calls a minute', 1],
  perHour: ['Calls an hour', 1],
  concurrency: ['At once', 1],
  resultTokens: ['Tokens an answer', 1],
  tokensPerDay: ['Tokens in 24 hours', 1],
  tokensPerMonth: ['Tokens in 30 days', 1],
  costPerDay: ['Cost in 24 hours', 'any'],
  costPerMonth: ['Cost in 30 days', 'any'],
};
export const limitNames = Object.keys(limitFields) as Limit[];

type Text = 'name' | 'permissions' | 'owner' | 'team' | 'expiresAt' | 'allowedNetworks';

/** A key as it stands in the fields of its form. */
export type Draft = Record<Text | Limit, string>;

export function draftOf(key: Key | undefined): Draft {
  const limits = limitNames.map((member) => [member, key?.limits?.[member]?.toString() ?? ''] as const);
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

/** A new key; what is empty is left out. */
export function newKeyOf(draft: Draft): Record<string, unknown> {
  const given = Object.entries(valuesOf(draft)).filter(([, value]) => value !== null);
  return Object.fromEntries([...given, ...limitsChange(draft, undefined)]);
}

/** What was edited and nothing else, so that all else stays as it is; what was emptied is taken away. */
export function changeOf(draft: Draft, before: Key): Record<string, unknown> {
  const shown = draftOf(before);
  const edited = Object.entries(valuesOf(draft)).filter(([member]) => isEdited(member as Text, draft, shown));
  return Object.fromEntries([...edited, ...limitsChange(draft, before)]);
}

function valuesOf(draft: Draft): Record<Text, unknown> {
  const networks = words(draft.allowedNetworks);
  return {
    name: draft.name.trim(),
    permissions: words(draft.permissions),
    owner: draft.owner.trim() || null,
    team: draft.team.trim() || null,
    expiresAt: draft.expiresAt === '' ? null : new Date(draft.expiresAt).toISOString(),
    allowedNetworks: networks.length > 0 ? networks : null,
  };
}

/** The gateway takes limits as a whole: those that were not edited go along, also any that the form doesn't know. */
function limitsChange(draft: Draft, before: Key | undefined): [string, unknown][] {
  const shown = draftOf(before);
  const edited = limitNames.filter((member) => isEdited(member, draft, shown));
  if (edited.length === 0) return [];
  const limits = new Map<string, unknown>(Object.entries(before?.limits ?? {}));
  for (const member of edited) {
    if (draft[member] === '') limits.delete(member);
    else limits.set(member, Number(draft[member]));
  }
  return [['limits', limits.size > 0 ? Object.fromEntries(limits) : null]];
}

const isEdited = (member: keyof Draft, draft: Draft, shown: Draft): boolean => draft[member] !== shown[member];
const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** As a field for date and time takes it: in the time of whoever looks at it. */
function localOf(iso: string): string {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
