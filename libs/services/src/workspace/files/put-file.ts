import { constants, type Stats } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import type { NameInside } from '../roots/name-inside.js';
import { sweepLeftOvers, temporaryName } from './left-overs.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/**
 * Gives a name a new content at once: whoever reads sees all of it or what was there before. A file that is replaced
 * hands on its permissions and its owner.
 */
export function putFile({ directory, at }: NameInside, content: Buffer, before?: Stats): Promise<void> {
  return filled(directory, content, before, (temporary) => rename(temporary, at));
}

/** The same for a name that nothing has: what comes there meanwhile is not replaced, but EEXIST. */
export function createFile({ directory, at }: NameInside, content: Buffer): Promise<void> {
  return filled(directory, content, undefined, async (temporary) => {
    try {
      await link(temporary, at);
    } catch (error) {
      if (!noLinks.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await (await createNew(at)).close();
      await rename(temporary, at);
    }
  });
}

/** Of a disk whose files have one name each. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function filled(
  directory: NameInside['directory'],
  content: Buffer,
  before: Stats | undefined,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  await sweepLeftOvers(directory.found);
  const temporary = directory.found.child(temporaryName());
  const handle = await createNew(temporary, before && 0o600);
  try {
    await fill(handle, content, before).finally(() => handle.close());
    await place(temporary);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Creates a file that was not there, also not as a link. */
export function createNew(path: string, mode?: number): Promise<FileHandle> {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

async function fill(handle: FileHandle, content: Buffer, before: Stats | undefined): Promise<void> {
  await handle.writeFile(content);
  if (before) {
    // only the superuser may give files away; another gateway's files are then its own
    await handle.chown(before.uid, before.gid).catch(() => undefined);
    await handle.chmod(before.mode & 0o777);
  }
  await handle.sync();
}
