import { readFile } from 'node:fs/promises';
import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { gitAdd } from '../operations/writing-git.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { withLock } from './lock.js';
import { requireOneName, statsOf, tooMany } from './one-name.js';
import { plainDiff } from './plain-diff.js';

const NUL = Buffer.from([0]);
const known = ['ls-files', '-z', '--others', '--exclude-standard'];

/** By git's plain parts: `git add` itself asks git in each submodule, by that one's own config, whether it changed. */
export function add(
  { view, shown }: OpenRepository,
  { files }: InputOf<typeof gitAdd>,
): Promise<OutputOf<typeof gitAdd>> {
  return withLock(view.repository.git, 'index', async (index) => {
    // now that nobody else changes it
    await view.refreshIndex();
    await requireAll(view, files);
    const input = Buffer.concat((await changedFiles(view, files)).flatMap((path) => [path, NUL]));
    await view.run(['update-index', '--add', '--remove', '-z', '--stdin'], { changes: 'objects', input });
    await index.replace(await readFile(view.index));
    return { repository: shown, staged: await stagedFiles(view) };
  });
}

/** What the next commit would change. */
export async function stagedFiles(view: GitView): Promise<string[]> {
  const { output } = await view.run(['diff', ...plainDiff, '--cached', '--name-only', '-z']);
  return output.toString().split('\0').slice(0, -1);
}

async function requireAll(view: GitView, files: readonly string[]): Promise<void> {
  const { exitCode } = await view.run([...known, '--cached', '--error-unmatch', '--', ...files], { accepts: [1] });
  if (exitCode !== 1) return;
  const message =
    'At least one of these files is not there, is ignored (.gitignore) or is behind a symbolic link; paths begin at the top of the repository';
  throw new OperationError('failed', message);
}

/** Without other repositories among the files, which are directories. */
async function changedFiles(view: GitView, files: readonly string[]): Promise<Buffer[]> {
  const { output, truncated } = await view.run([...known, '--modified', '--deleted', '--', ...files]);
  if (truncated) throw tooMany();
  const found = await statsOf(view, output);
  requireOneName(found);
  return found.filter(({ stats }) => !stats?.isDirectory()).map(({ path }) => path);
}
