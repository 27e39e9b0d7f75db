import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notOurs, readPlain, type Repository } from './repository.js';

const MAX_REFS = 20_000;
const MAX_REF_BYTES = 1024;
const MAX_PACKED_BYTES = 64 * 1024 * 1024;
const ref = /^(ref: refs\/[^\0\n]+|[0-9a-f]{40}|[0-9a-f]{64})\s*$/;

/** Copies what a repository calls its commits. Links and whatever is no name of a commit are left out. */
export async function copyRefs(repository: Repository, target: string): Promise<void> {
  const head = await readPlain(join(repository.gitDirectory, 'HEAD'), MAX_REF_BYTES);
  if (!head || !ref.test(head.toString())) throw notOurs('its HEAD can’t be read');
  await writeFile(join(target, 'HEAD'), head);
  const packed = await readPlain(join(repository.commonDirectory, 'packed-refs'), MAX_PACKED_BYTES);
  if (packed) await writeFile(join(target, 'packed-refs'), packed);
  await mkdir(join(target, 'refs'));
  let left = MAX_REFS;

  const copy = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(repository.commonDirectory, below), { withFileTypes: true })) {
      const path = `${below}/${entry.name}`;
      if ((left -= 1) < 0) throw notOurs(`it has more than ${MAX_REFS} loose refs; git pack-refs --all packs them`);
      if (entry.isDirectory()) {
        await mkdir(join(target, path));
        await copy(path);
      }
      const text = entry.isFile() ? await readPlain(join(repository.commonDirectory, path), MAX_REF_BYTES) : undefined;
      if (text && ref.test(text.toString())) await writeFile(join(target, path), text);
    }
  };
  await copy('refs');
}
