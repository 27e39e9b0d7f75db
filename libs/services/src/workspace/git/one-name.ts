import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { OperationError } from '#libs/kit';
import type { GitView } from './git-view.js';

/** What the system says of a file that is deleted, and of one in a directory that is. */
const gone: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR']);

interface WorkFile {
  /** From the top of the repository, in the bytes that it has: names need not be text. */
  readonly path: Buffer;
  /** Undefined where it is gone. */
  readonly stats: Stats | undefined;
}

/**
 * Rejects where git would show what is in a changed file of the working tree that has more than one name. What is unchanged
 * is in the repository anyway.
 */
export async function requireOneNameOfChanged(view: GitView, files: readonly string[]): Promise<void> {
  const { output, truncated } = await view.run(['ls-files', '-z', '--modified', '--', ...files]);
  if (truncated) throw tooMany();
  requireOneName(await statsOf(view, output));
}

/** Throws for the first file with more than one name (hard links): another one may be outside of the workspace. */
export function requireOneName(files: readonly WorkFile[]): void {
  const linked = files.find(({ stats }) => stats?.isFile() && stats.nlink > 1);
  if (!linked) return;
  throw new OperationError(
    'failed',
    `${JSON.stringify(linked.path.toString())} has more than one name (hard links), of which another one may be outside of the workspace; name other files`,
  );
}

/** What is there under the paths of a list by `git ls-files -z`. */
export async function statsOf({ repository }: GitView, list: Buffer): Promise<WorkFile[]> {
  const names = new Set(list.toString('latin1').split('\0').slice(0, -1));
  const paths = [...names].map((name) => Buffer.from(name, 'latin1'));
  const top = Buffer.from(repository.top.child(''));
  return Promise.all(paths.map(async (path) => ({ path, stats: await statsAt(Buffer.concat([top, path])) })));
}

/** Undefined where nothing is there. What only can't be looked at may have more names than one. */
async function statsAt(path: Buffer): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (gone.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  });
}

export function tooMany(): OperationError {
  return new OperationError('failed', 'These are too many files for one call; name fewer');
}
