import { readFile } from 'node:fs/promises';
import { invalidField, OperationError, type Caller, type InputOf, type OutputOf } from '#libs/kit';
import type { gitCheckout } from '../operations/writing-git.js';
import { identityOf } from './commit.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { withLock } from './lock.js';
import { noteMove, withRef } from './move-ref.js';
import { commitOf, currentBranch, findCommit } from './revisions.js';
import { requireBranchFree } from './worktrees.js';
import { changingFiles, listed, refuseDirectories } from './written-files.js';

type Input = InputOf<typeof gitCheckout>;

/** Where HEAD leads. */
interface At {
  /** Null for a commit without a branch. */
  readonly branch: string | null;
  /** Undefined for a branch without a commit. */
  readonly commit: string | undefined;
}

interface Target extends At {
  readonly isNew: boolean;
}

/** Puts the index that git has changed in the place of the repository's own. */
type PutIndex = () => Promise<void>;

export function checkout(
  { view, shown }: OpenRepository,
  input: Input,
  caller: Caller,
): Promise<OutputOf<typeof gitCheckout>> {
  return withLock(view.repository.git, 'index', async (index) => {
    await view.refreshIndex();
    const putIndex = async () => index.replace(await readFile(view.index));
    const { branch, commit = null } =
      input.files.length > 0
        ? await restore(view, input, putIndex)
        : await switchTo(view, await targetOf(view, input), caller, putIndex);
    return { repository: shown, branch, commit, restored: input.files };
  });
}

async function restore(view: GitView, { ref, create, files }: Input, putIndex: PutIndex): Promise<At> {
  if (create) throw invalidField('create', 'no new branch together with files', 'true');
  const at = { branch: await currentBranch(view), commit: await findCommit(view, 'HEAD') };
  const source = ref === undefined ? [] : [await commitOf(view, ref)];
  const list = ref === undefined ? ['ls-files', '--stage'] : ['ls-tree', '-r', ...source];
  const entries = await listed(view, [...list, '-z', '--', ...files]);
  const plain = entries.filter((entry) => !entry.startsWith(SUBMODULE));
  await changingFiles(view, entries.map(pathIn), async () => {
    await refuseDirectories(view, plain.map(pathIn));
    const words = ['checkout', ...source, '--', ...files];
    const { exitCode } = await view.run(words, { changes: 'files', accepts: [1, 128] });
    if (exitCode === 0) return;
    const where = ref === undefined ? 'staged or committed' : 'in that commit';
    throw new OperationError('failed', `At least one of these files is not ${where}; none was changed`);
  });
  await finishing(putIndex);
  return at;
}

/** The mode of one, with which git begins what it says of it. Its directory is its own. */
const SUBMODULE = '160000 ';

/** Git says more of a file before its path. */
function pathIn(entry: string): string {
  return entry.slice(entry.indexOf('\t') + 1);
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

/**
 * All that may refuse comes first: git's own look at a new branch, the locks, then the files. Once those are changed, no
 * program is needed any more, which might not be started.
 */
async function switchTo(view: GitView, target: Target, caller: Caller, putIndex: PutIndex): Promise<At> {
  const { branch, commit, isNew } = target;
  const { git } = view.repository;
  if (branch !== null) await requireBranchFree(view.repository, branch);
  const before = await findCommit(view, 'HEAD');
  const { name, address } = identityOf(caller);
  const who = `${name} <${address}>`;
  await withLock(git, 'HEAD', async (head) => {
    const turn = async (putRef?: () => Promise<void>) => {
      if (commit !== undefined && commit !== before) await changeFiles(view, before, commit);
      await finishing(async () => {
        await putRef?.();
        await putIndex();
        await head.replace(branch === null ? `${commit}\n` : `ref: refs/heads/${branch}\n`);
      });
    };
    if (!isNew || commit === undefined) return turn();
    const move = { ref: `refs/heads/${branch}`, from: undefined, to: commit, who, why: 'branch: Created' };
    return withRef(view, move, turn);
  });
  if (commit !== undefined) {
    await noteMove(git, 'logs/HEAD', { from: before, to: commit, who, why: `checkout: moving to ${branch ?? commit}` });
  }
  return target;
}

/** Git's two-way merge: what was changed and not committed is kept, or stops it before anything is touched. */
async function changeFiles(view: GitView, before: string | undefined, after: string): Promise<void> {
  const from = before ?? (await view.ask(['hash-object', '-t', 'tree', '/dev/null']));
  await view.run(['update-index', '-q', '--refresh', '--ignore-submodules'], { accepts: [1] });
  const paths = await listed(view, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, after]);
  await changingFiles(view, paths, async () => {
    const words = ['read-tree', '-m', '-u', from, after];
    const { exitCode } = await view.run(words, { changes: 'files', accepts: [1, 128] });
    if (exitCode === 0) return;
    const message =
      'Uncommitted changes or new files are in the way, and nothing was changed; git_status shows them. Commit them, or bring files back with git_checkout and files';
    throw new OperationError('failed', message);
  });
}

/** What is left once the files are changed, by descriptors alone. */
async function finishing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const message =
      'The files are those that were asked for, but not all that git keeps of it could be written: its index, its branch, its HEAD; git_status shows what differs, and a person may have to end it';
    throw new OperationError('failed', message, {}, { cause });
  }
}
