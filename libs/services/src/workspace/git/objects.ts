import { readdir } from 'node:fs/promises';
import type { Found } from '../roots/found.js';
import { notOurs } from './held.js';

/**
 * Throws `failed` unless all objects of a repository are where they seem to be: git itself follows links, and reads what
 * other repositories lend.
 */
export async function requireOwnObjects(objects: Found): Promise<void> {
  const entries = await readdir(objects.path, { withFileTypes: true });
  if (!entries.every((entry) => entry.isDirectory() || entry.isFile())) throw behindLinks();
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const inner = await readdir(objects.child(name), { withFileTypes: true });
    if (!inner.every((entry) => entry.isFile() || (name === 'info' && entry.isDirectory()))) throw behindLinks();
    if (name === 'info' && inner.some((entry) => entry.name.includes('alternates'))) {
      throw notOurs('it borrows objects from another repository (objects/info/alternates); git repack -ad ends that');
    }
  }
}

function behindLinks() {
  return notOurs('some of its objects are behind links');
}
