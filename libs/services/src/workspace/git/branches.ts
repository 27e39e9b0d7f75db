import type { InputOf, OutputOf } from '#libs/kit';
import type { gitBranch } from '../operations/reading-git.js';
import type { OpenRepository } from './git.js';
import { currentBranch } from './revisions.js';

const MAX_BRANCHES = 500;
const form = '--format=%(refname:lstrip=2)%00%(objectname)%00%(committerdate:iso-strict)%00%(contents:subject)';

export async function branches(
  { view, shown }: OpenRepository,
  { remotes }: InputOf<typeof gitBranch>,
): Promise<OutputOf<typeof gitBranch>> {
  const where = ['refs/heads', ...(remotes ? ['refs/remotes'] : [])];
  const args = ['for-each-ref', '--sort=-committerdate', `--count=${MAX_BRANCHES + 1}`, form, ...where];
  const listed = (await view.ask(args)).split('\n').filter(Boolean);
  return {
    repository: shown,
    current: await currentBranch(view),
    branches: listed.slice(0, MAX_BRANCHES).map((line) => {
      const [name = '', hash = '', date = '', subject = ''] = line.split('\0');
      return { name, hash, date, subject };
    }),
    more: listed.length > MAX_BRANCHES,
  };
}
