import { readFile } from 'node:fs/promises';
import { invalidField, OperationError, type Caller, type InputOf, type OutputOf } from '#libs/kit';
import type { gitCheckout } from '../operations/writing-git.js';
import { identityOf } from './commit.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { withLock } from './lock.js';
import { moveHead, moveRef, noteMove } from './move-ref.js';
import { commitOf, currentBranch, findCommit } from './revisions.js';
import { requireBranchFree } from './worktrees.js';

type Input = InputOf<typeof gitCheckout>;

/** Where HEAD is to lead. */
interface Target {
  /** Null for a commit without a branch. */
  readonly branch: string | null;
  /** Undefined for a branch without a commit. */
  readonly commit: string | undefined;
  readonly isNew: boolean;
}

export function checkout(
  { view, shown }: OpenRepository,
  input: Input,
  caller: Caller,
): Promise<OutputOf<typeof gitCheckout>> {
  return withLock(view.repository.git, 'index', async (index) => {
    await view.refreshIndex();
    await (input.files.length > 0 ? restore(view, input) : switchTo(view, await targetOf(view, input), caller));
    await index.replace(await readFile(view.index));
    const [branch, commit = null] = [await currentBranch(view), await findCommit(view, 'HEAD')];
    return { repository: shown, branch, commit, restored: input.files };
  });
}

async function restore(view: GitView, { ref, create, files }: Input): Promise<void> {
  if (create) throw invalidField('create', 'no new branch together with files', 'true');
  const source = ref === undefined ? [] : [await commitOf(view, ref)];
  const run = await view.run(['checkout', ...source, '--', ...files], { changes: 'files', accepts: [1, 128] });
  if (run.exitCode === 0) return;
  const where = ref === undefined ? 'staged or committed' : 'in that commit';
  throw new OperationError('failed', `At least one of these files is not ${where}; none was changed`);
}

async function targetOf(view: GitView, { ref, create, from }: Input): Promise<Target> {
  if (ref === undefined) throw invalidField('ref', 'what to switch to, or files to bring back', 'neither');
  if (create) return newBranch(view, ref, from);
  if (from !== undefined) throw invalidField('from', 'none without create', from);
  const onBranch = await findCommit(view, `refs/heads/${ref}`);
  if (onBranch !== undefined) return { branch: ref, commit: onBranch, isNew: false };
  return { branch: null, commit: await commitOf(view, ref), isNew: false };
}

async function newBranch(view: GitView, name: string, from: string | undefined): Promise<Target> {
  const checked = await view.run(['check-ref-format', `refs/heads/${name}`], { accepts: [1] });
  if (checked.exitCode !== 0 || name === 'HEAD') throw invalidField('ref', 'a name that a branch can have', name);
  if ((await findCommit(view, `refs/heads/${name}`)) !== undefined) {
    throw new OperationError('failed', `There is a branch ${name} already; without create this switches to it`);
  }
  const commit = from === undefined ? await findCommit(view, 'HEAD') : await commitOf(view, from);
  return { branch: name, commit, isNew: true };
}

/** Files first, which may refuse; then the branch, where it is new; then HEAD. */
async function switchTo(view: GitView, { branch, commit, isNew }: Target, caller: Caller): Promise<void> {
  if (branch !== null) await requireBranchFree(view.repository, branch);
  const before = await findCommit(view, 'HEAD');
  if (commit !== undefined && commit !== before) await changeFiles(view, before, commit);
  const { name, address } = identityOf(caller);
  const who = `${name} <${address}>`;
  if (isNew && commit !== undefined) {
    await moveRef(view, { ref: `refs/heads/${branch}`, from: undefined, to: commit, who, why: 'branch: Created' });
  }
  await view.run(
    branch === null
      ? ['update-ref', '--no-deref', 'HEAD', commit ?? '']
      : ['symbolic-ref', 'HEAD', `refs/heads/${branch}`],
  );
  await moveHead(view, branch === null ? { commit: commit ?? '' } : { branch });
  if (commit === undefined) return;
  const why = `checkout: moving to ${branch ?? commit}`;
  await noteMove(view.repository.git, 'logs/HEAD', { from: before, to: commit, who, why });
}

/** Git's two-way merge: what was changed and not committed is kept, or stops it before anything is touched. */
async function changeFiles(view: GitView, before: string | undefined, after: string): Promise<void> {
  const from = before ?? (await view.ask(['hash-object', '-t', 'tree', '/dev/null']));
  await view.run(['update-index', '-q', '--refresh', '--ignore-submodules'], { accepts: [1] });
  const { exitCode } = await view.run(['read-tree', '-m', '-u', from, after], { changes: 'files', accepts: [1, 128] });
  if (exitCode === 0) return;
  const message =
    'Uncommitted changes or new files are in the way, and nothing was changed; git_status shows them. Commit them, or bring files back with git_checkout and files';
  throw new OperationError('failed', message);
}
