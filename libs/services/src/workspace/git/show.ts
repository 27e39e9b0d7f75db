import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { gitShow } from '../operations/reading-git.js';
import { diffOfCommit } from './diff.js';
import type { OpenRepository } from './git.js';
import { commitAt } from './log.js';
import { commitOf } from './revisions.js';

export async function show(
  { view, shown }: OpenRepository,
  { ref, file }: InputOf<typeof gitShow>,
): Promise<OutputOf<typeof gitShow>> {
  const hash = await commitOf(view, ref);
  const commit = await commitAt(view, hash);
  if (file === undefined) return { repository: shown, commit, ...(await diffOfCommit(view, hash)) };
  const { exitCode, output, truncated } = await view.run(['cat-file', 'blob', `${hash}:${file}`], { accepts: [128] });
  if (exitCode === 128) {
    throw new OperationError(
      'failed',
      `There is no file ${JSON.stringify(file)} in that commit; its path begins at the top of the repository`,
    );
  }
  return { repository: shown, commit, content: output.toString(), truncated };
}
