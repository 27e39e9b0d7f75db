import { constants, type Stats } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import type { NameInside } from '../roots/name-inside.js';
import { sweepLeftOvers, temporaryName } from './left-overs.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/**
 * Gives a name a new content at once: whoever reads sees all of it or what was there before. A file that is replaced
 * hands on its permissions and its owner.
 */
export async function putFile({ directory, at }: NameInside, content: Buffer, before?: Stats): Promise<void> {
  await sweepLeftOvers(directory.found);
  const temporary = directory.found.child(temporaryName());
  const handle = await createNew(temporary);
  try {
    await fill(handle, content, before).finally(() => handle.close());
    await rename(temporary, at);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Creates a file that was not there, also not as a link. */
export function createNew(path: string): Promise<FileHandle> {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
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
