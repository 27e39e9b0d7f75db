import { OperationError } from '#libs/kit';
import type { GitView } from './git-view.js';

const NO_ONE = '0'.repeat(40);

/** The hash of the commit that a revision names. Throws `failed` where there is none. */
export async function commitOf(view: GitView, revision: string): Promise<string> {
  const hash = await findCommit(view, revision);
  if (hash !== undefined) return hash;
  const why = revision === 'HEAD' ? 'It has no commit yet' : `It has no branch, tag or commit ${revision}`;
  throw new OperationError('failed', `${why}; git_branch and git_log list what there is`);
}

export async function findCommit(view: GitView, revision: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
  // 128: an object that is missing or broken
  const hash = await view.ask(args, { accepts: [1, 128] });
  return /^[0-9a-f]{40,64}$/.test(hash) && hash !== NO_ONE ? hash : undefined;
}

/** The branch that is checked out; null where none is. It may have no commit yet. */
export async function currentBranch(view: GitView): Promise<string | null> {
  const ref = await view.ask(['symbolic-ref', '--quiet', 'HEAD'], { accepts: [1] });
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
}
