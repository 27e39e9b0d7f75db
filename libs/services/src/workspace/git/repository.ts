import { constants } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OperationError } from '#libs/kit';

/** A repository whose parts all lie inside one root of the workspace. Paths are real ones. */
export interface Repository {
  /** The root of the workspace that holds it. */
  readonly root: string;
  /** The top directory of its files. */
  readonly top: string;
  /** `.git`, or of a linked worktree or a submodule where its own part is kept. */
  readonly gitDirectory: string;
  /** Where objects and branches are; the same, but for a linked worktree. */
  readonly commonDirectory: string;
}

const MAX_POINTER_BYTES = 4096;

/**
 * The innermost repository that holds a place, looked for no further up than the root. Throws `failed` where there is none,
 * and where a part of it leads out of the root.
 *
 * @param place a real path in `root`, of a file or a directory
 */
export async function findRepository(place: string, root: string): Promise<Repository> {
  for (let top = place; top === root || top.startsWith(`${root}/`); top = dirname(top)) {
    const stats = await lstat(join(top, '.git')).catch(() => undefined);
    if (stats?.isDirectory()) return whole({ root, top, gitDirectory: join(top, '.git') });
    if (stats?.isFile()) return whole({ root, top, gitDirectory: await pointedTo(join(top, '.git'), top) });
    if (stats) throw notOurs('.git is neither a directory nor a file');
  }
  throw new OperationError('failed', 'There is no git repository here, nor above it in the workspace');
}

/** The content of a file in a repository's own directories; undefined where there is none. Follows no link on the way. */
export async function readPlain(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat().then((stats) => (stats.isFile() ? stats : { size: Infinity }));
    if (size > maxBytes || (await readlink(`/proc/self/fd/${file.fd}`)) !== path) return undefined;
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export function notOurs(why: string): OperationError {
  return new OperationError('failed', `This repository is not worked with: ${why}`);
}

async function whole(found: Omit<Repository, 'commonDirectory'>): Promise<Repository> {
  const { gitDirectory } = found;
  await requireInside(gitDirectory, found.root);
  const pointer = await readPlain(join(gitDirectory, 'commondir'), MAX_POINTER_BYTES);
  const commonDirectory = pointer === undefined ? gitDirectory : resolve(gitDirectory, pointer.toString().trim());
  await requireInside(commonDirectory, found.root);
  return { ...found, commonDirectory };
}

async function pointedTo(file: string, top: string): Promise<string> {
  const text = (await readPlain(file, MAX_POINTER_BYTES))?.toString() ?? '';
  const target = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  if (target === undefined) throw notOurs('its file .git names no directory');
  return resolve(top, target);
}

/** A directory by its real path: none of the names that lead to it is a link. */
async function requireInside(directory: string, root: string): Promise<void> {
  const isReal = directory.startsWith(`${root}/`) && (await realpath(directory).catch(() => '')) === directory;
  if (!isReal) throw notOurs('a part of it lies outside of this root of the workspace, or behind a link');
}
