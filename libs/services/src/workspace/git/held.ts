import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { OperationError } from '#libs/kit';
import { isThere } from '../roots/file-errors.js';
import { Found } from '../roots/found.js';

/**
 * Takes hold of a directory below one that is held. Throws `failed` where a name on the way leads to anything but a
 * directory: git's own directories may be anybody's, and a link in them leads anywhere.
 *
 * @param options.make makes what is missing, each in the directory that was found before it
 */
export async function holdBelow(from: Found, path: string, { make = false } = {}): Promise<Found> {
  let held = await Found.at(from.child('.'));
  for (const name of path.split('/').filter((each) => each !== '.')) {
    const above = held;
    try {
      if (make) await makeDirectory(above.child(name));
      held = await Found.at(above.child(name));
    } finally {
      await above.close();
    }
    if (held.stats.isDirectory()) continue;
    await held.close();
    throw notOurs('a part of it is behind a link');
  }
  return held;
}

/** The content of a plain file below a directory that is held; undefined where there is none. Follows no link. */
export async function readPlain(from: Found, path: string, maxBytes: number): Promise<Buffer | undefined> {
  const directory = await holdBelow(from, dirname(path)).catch(() => undefined);
  if (!directory) return undefined;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(directory.child(basename(path)), flags).catch(() => undefined);
    if (!file) return undefined;
    try {
      const stats = await file.stat();
      return stats.isFile() && stats.size <= maxBytes ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } finally {
    await directory.close();
  }
}

export function notOurs(why: string): OperationError {
  return new OperationError('failed', `This repository is not worked with: ${why}`);
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!isThere(error)) throw error;
  });
}
