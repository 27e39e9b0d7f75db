import { createHash } from 'node:crypto';
import { inOrder } from '../catalog/canonical-json.js';
import type { Definition } from './upstream.js';

/** What a tool is to those who choose and call it. */
const pinned = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/** The same for the same definition, whatever the order of its members. */
export function hashOf(definition: Definition): string {
  const canonical = JSON.stringify(pinned.map((member) => inOrder(definition[member]) ?? null));
  return createHash('sha256').update(canonical).digest('base64url');
}

/** Members of a definition that two of them differ in. */
export function differenceOf(approved: Definition, pending: Definition) {
  return pinned
    .filter((member) => JSON.stringify(inOrder(approved[member])) !== JSON.stringify(inOrder(pending[member])))
    .map((member) => ({ member, approved: approved[member] ?? null, pending: pending[member] ?? null }));
}
