import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError } from '#libs/kit';
import type { GitView } from './git-view.js';

interface WorkFile {
  /** From the top of the repository. */
  readonly path: string;
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
    `${JSON.stringify(linked.path)} has more than one name (hard links), of which another one may be outside of the workspace; name other files`,
  );
}

/** What is there under the paths of a list by `git ls-files -z`. */
export async function statsOf({ repository }: GitView, list: Buffer): Promise<WorkFile[]> {
  const paths = [...new Set(list.toString().split('\0').slice(0, -1))];
  return Promise.all(
    paths.map(async (path) => ({ path, stats: await lstat(join(repository.top, path)).catch(() => undefined) })),
  );
}

export function tooMany(): OperationError {
  return new OperationError('failed', 'These are too many files for one call; name fewer');
}
