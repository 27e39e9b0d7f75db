import { createHash } from 'node:crypto';
import type { Definition } from './upstream.js';

/** What a tool is to those who choose and call it. */
const pinned = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/** The same for the same definition, whatever the order of its members. */
export function hashOf(definition: Definition): string {
  const canonical = JSON.stringify(pinned.map((member) => sorted(definition[member]) ?? null));
  return createHash('sha256').update(canonical).digest('base64url');
}

/** Members of a definition that two of them differ in. */
export function differenceOf(approved: Definition, pending: Definition) {
  return pinned
    .filter((member) => JSON.stringify(sorted(approved[member])) !== JSON.stringify(sorted(pending[member])))
    .map((member) => ({ member, approved: approved[member] ?? null, pending: pending[member] ?? null }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
