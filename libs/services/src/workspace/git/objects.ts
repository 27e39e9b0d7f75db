import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { notOurs } from './repository.js';

/**
 * Throws `failed` unless all objects of a repository are where they seem to be: git itself follows links, and reads what
 * other repositories lend.
 */
export async function requireOwnObjects(commonDirectory: string): Promise<void> {
  const objects = join(commonDirectory, 'objects');
  const stats = await lstat(objects).catch(() => undefined);
  if (!stats?.isDirectory()) throw notOurs('its objects are no plain directory');
  const entries = await readdir(objects, { withFileTypes: true });
  if (!entries.every((entry) => entry.isDirectory() || entry.isFile())) throw behindLinks();
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    const inner = await readdir(join(objects, name), { withFileTypes: true });
    if (!inner.every((entry) => entry.isFile() || (name === 'info' && entry.isDirectory()))) throw behindLinks();
    if (name === 'info' && inner.some((entry) => entry.name.includes('alternates'))) {
      throw notOurs('it borrows objects from another repository (objects/info/alternates); git repack -ad ends that');
    }
  }
}

function behindLinks() {
  return notOurs('some of its objects are behind links');
}
