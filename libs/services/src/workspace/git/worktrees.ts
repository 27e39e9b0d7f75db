import { lstat, readdir } from 'node:fs/promises';
import { OperationError } from '#libs/kit';
import type { Found } from '../roots/found.js';
import { holdBelow, readPlain } from './held.js';
import type { Repository } from './repository.js';

const MAX_HEAD_BYTES = 1024;

/**
 * Throws `failed` where another worktree of the repository has the branch checked out: its files and its index would stay
 * behind the branch, and its next commit would undo what was committed here.
 */
export async function requireBranchFree({ git, common }: Repository, branch: string): Promise<void> {
  for (const directory of ['.', ...(await linkedWorktrees(common))]) {
    const other = await holdBelow(common, directory).catch(() => undefined);
    if (!other) continue;
    try {
      if (other.realPath === git.realPath || (await checkedOut(other)) !== branch) continue;
    } finally {
      await other.close();
    }
    throw new OperationError(
      'failed',
      `The branch ${branch} is checked out in another worktree of this repository; work there, or make a branch with git_checkout and create`,
    );
  }
}

async function linkedWorktrees(common: Found): Promise<string[]> {
  const directory = await holdBelow(common, 'worktrees').catch(() => undefined);
  if (!directory) return [];
  const names = await readdir(directory.path).finally(() => directory.close());
  return names.map((name) => `worktrees/${name}`);
}

/** The branch of a worktree. A bare repository names one too, but has no index. */
async function checkedOut(directory: Found): Promise<string | undefined> {
  if (!(await lstat(directory.child('index')).catch(() => undefined))) return undefined;
  const head = await readPlain(directory, 'HEAD', MAX_HEAD_BYTES);
  return /^ref: refs\/heads\/(\S+)\s*$/.exec(head?.toString() ?? '')?.[1];
}
