import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found } from '../roots/found.js';
import { holdBelow, notOurs, readPlain } from './held.js';
import type { Repository } from './repository.js';

const MAX_REFS = 20_000;
const MAX_REF_BYTES = 1024;
const MAX_PACKED_BYTES = 64 * 1024 * 1024;
const ref = /^(ref: refs\/[^\0\n]+|[0-9a-f]{40}|[0-9a-f]{64})\s*$/;

/** Copies what a repository calls its commits. Links and whatever is no name of a commit are left out. */
export async function copyRefs({ git, common }: Repository, target: string): Promise<void> {
  const head = await readPlain(git, 'HEAD', MAX_REF_BYTES);
  if (!head || !ref.test(head.toString())) throw notOurs('its HEAD can’t be read');
  await writeFile(join(target, 'HEAD'), head);
  const packed = await readPlain(common, 'packed-refs', MAX_PACKED_BYTES);
  if (packed) await writeFile(join(target, 'packed-refs'), packed);
  let left = MAX_REFS;

  const copy = async (from: Found, name: string, to: string): Promise<void> => {
    await mkdir(to);
    const directory = await holdBelow(from, name);
    try {
      for (const entry of await readdir(directory.path, { withFileTypes: true })) {
        if ((left -= 1) < 0) throw notOurs(`it has more than ${MAX_REFS} loose refs; git pack-refs --all packs them`);
        const path = join(to, entry.name);
        if (entry.isDirectory()) await copy(directory, entry.name, path);
        const text = entry.isFile() ? await readPlain(directory, entry.name, MAX_REF_BYTES) : undefined;
        if (text && ref.test(text.toString())) await writeFile(path, text);
      }
    } finally {
      await directory.close();
    }
  };
  await copy(common, 'refs', join(target, 'refs'));
}
