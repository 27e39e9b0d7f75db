import { lstat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OperationError } from '#libs/kit';
import { Found } from '../roots/found.js';
import { holdBelow, notOurs, readPlain } from './held.js';
import { requireOwnObjects } from './objects.js';

const MAX_POINTER_BYTES = 4096;

/**
 * A repository whose parts all lie inside one root of the workspace. They are held by descriptors: a caller may move them
 * meanwhile and put others in their place.
 */
export class Repository {
  private constructor(
    /** The top directory of its files. */
    readonly top: Found,
    /** `.git`, or of a linked worktree or a submodule where its own part is kept. */
    readonly git: Found,
    /** Where objects and branches are; the same place, but for a linked worktree. */
    readonly common: Found,
    readonly objects: Found,
  ) {}

  /** Throws `failed` where a part of it leads out of the root. */
  static async open(top: string, root: string): Promise<Repository> {
    const held: Found[] = [];
    const hold = async (found: Promise<Found>) => {
      held.push(await found);
      return found;
    };
    try {
      const files = await hold(holdInside(top, root));
      const git = await hold(holdInside(await gitDirectoryOf(files), root));
      const pointer = (await readPlain(git, 'commondir', MAX_POINTER_BYTES))?.toString().trim() ?? '.';
      const common = await hold(holdInside(resolve(git.realPath, pointer), root));
      const objects = await hold(holdObjects(common));
      await requireOwnObjects(objects);
      return new Repository(files, git, common, objects);
    } catch (error) {
      await closeAll(held);
      throw error;
    }
  }

  close(): Promise<void> {
    return closeAll([this.top, this.git, this.common, this.objects]);
  }
}

/**
 * The innermost repository that holds a place, looked for no further up than the root. Throws `failed` where there is none,
 * and where it is not worked with.
 *
 * @param place a real path in `root`, of a directory
 */
export async function findRepository(place: string, root: string): Promise<Repository> {
  for (let top = place; top === root || top.startsWith(`${root}/`); top = dirname(top)) {
    if (await lstat(join(top, '.git')).catch(() => undefined)) return Repository.open(top, root);
  }
  throw new OperationError('failed', 'There is no git repository here, nor above it in the workspace');
}

async function gitDirectoryOf(top: Found): Promise<string> {
  const stats = await lstat(top.child('.git')).catch(() => undefined);
  if (stats?.isDirectory()) return join(top.realPath, '.git');
  if (!stats?.isFile()) throw notOurs('.git is neither a directory nor a file');
  const text = (await readPlain(top, '.git', MAX_POINTER_BYTES))?.toString() ?? '';
  const target = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  if (target === undefined) throw notOurs('its file .git names no directory');
  return resolve(top.realPath, target);
}

/** A directory by its real path: none of the names that lead to it is a link. */
async function holdInside(path: string, root: string): Promise<Found> {
  const found = path === root || path.startsWith(`${root}/`) ? await Found.at(path).catch(() => undefined) : undefined;
  if (found?.realPath === path && found.stats.isDirectory()) return found;
  await found?.close();
  throw notOurs('a part of it lies outside of this root of the workspace, or behind a link');
}

function holdObjects(common: Found): Promise<Found> {
  return holdBelow(common, 'objects').catch(() => {
    throw notOurs('its objects are no plain directory');
  });
}

async function closeAll(held: readonly Found[]): Promise<void> {
  for (const found of held) await found.close();
}
