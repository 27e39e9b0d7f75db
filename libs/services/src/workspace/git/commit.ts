import { lstat } from 'node:fs/promises';
import { OperationError, type Caller, type InputOf, type OutputOf } from '#libs/kit';
import type { gitCommit } from '../operations/writing-git.js';
import type { Found } from '../roots/found.js';
import { stagedFiles } from './add.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { withLock } from './lock.js';
import { moveRef, noteMove } from './move-ref.js';
import { currentBranch, findCommit } from './revisions.js';
import { requireBranchFree } from './worktrees.js';

/** Files by which git knows that something was begun that a plain commit would not end. */
const unfinished = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply'];

/** By git's plain parts alone: those run no hook, no editor and no program that signs. */
export function commit(
  { view, shown }: OpenRepository,
  { message }: InputOf<typeof gitCommit>,
  caller: Caller,
): Promise<OutputOf<typeof gitCommit>> {
  const { git } = view.repository;
  return withLock(git, 'index', async () => {
    await view.refreshIndex();
    await requireNothingBegun(git);
    const branch = await currentBranch(view);
    if (branch !== null) await requireBranchFree(view.repository, branch);
    const parent = await findCommit(view, 'HEAD');
    const files = await stagedFiles(view);
    if (files.length === 0) {
      throw new OperationError('failed', 'Nothing is staged; stage changes with git_add first');
    }
    const { name, address } = identityOf(caller);
    const tree = await writeTree(view);
    const hash = await view.ask(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-F', '-'], {
      changes: 'objects',
      input: `${message.trimEnd()}\n`,
      env: {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: address,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: address,
      },
    });
    const [subject = ''] = message.trim().split('\n');
    const move = { from: parent, to: hash, who: `${name} <${address}>`, why: `commit: ${subject.slice(0, 200)}` };
    await moveRef(view, { ...move, ref: branch === null ? 'HEAD' : `refs/heads/${branch}` });
    if (branch !== null) await noteMove(git, 'logs/HEAD', move);
    return { repository: shown, branch, hash, files };
  });
}

/** How a caller is named in commits and reflogs, in letters that mean nothing there. */
export function identityOf({ id, subject }: Caller): { name: string; address: string } {
  const name = subject.replace(/[\p{Cc}<>]/gu, '').trim();
  return { name: name === '' ? 'agent' : name, address: `${id.replace(/[^\w.-]+/g, '-')}@mcp-gateway` };
}

async function writeTree(view: GitView): Promise<string> {
  const { exitCode, output } = await view.run(['write-tree'], { changes: 'objects', accepts: [128] });
  if (exitCode === 0) return output.toString().trim();
  throw new OperationError('failed', 'There are conflicts; resolve them, and stage the files with git_add');
}

async function requireNothingBegun(git: Found): Promise<void> {
  for (const name of unfinished) {
    if (await lstat(git.child(name)).catch(() => undefined)) {
      throw new OperationError('failed', 'A merge, rebase or cherry-pick is under way here, which a person must end');
    }
  }
}
