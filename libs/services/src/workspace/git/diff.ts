import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { gitDiff } from '../operations/reading-git.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { requireOneNameOfChanged } from './one-name.js';
import { plainDiff } from './plain-diff.js';
import { commitOf } from './revisions.js';

type Diff = OutputOf<typeof gitDiff>;

/** Its figures and the diff itself, as `readDiff` takes them. */
const shape = ['--numstat', '--patch', '--src-prefix=a/', '--dst-prefix=b/'];

export async function diff({ view, shown }: OpenRepository, input: InputOf<typeof gitDiff>): Promise<Diff> {
  const { staged, from, to, files, context } = input;
  if (to !== undefined && from === undefined) throw invalidField('from', 'the commit to compare with', 'none');
  if (to !== undefined && staged) throw invalidField('to', 'none together with staged', to);
  if (!staged && to === undefined) await requireOneNameOfChanged(view, files);
  const commits = await Promise.all([from, to].filter((one) => one !== undefined).map((one) => commitOf(view, one)));
  const what = [...(staged ? ['--cached'] : []), ...commits, '--', ...files];
  return { repository: shown, ...(await readDiff(view, ['diff', `--unified=${context}`, ...what])) };
}

/** What a commit changed, against its first parent. */
export function diffOfCommit(view: GitView, hash: string): Promise<Omit<Diff, 'repository'>> {
  return readDiff(view, [
    'diff-tree',
    '--root',
    '--no-commit-id',
    '-r',
    '-M',
    '--diff-merges=first-parent',
    hash,
    '--',
  ]);
}

async function readDiff(view: GitView, [command = '', ...args]: string[]): Promise<Omit<Diff, 'repository'>> {
  const { output, truncated } = await view.run([command, ...plainDiff, ...shape, ...args]);
  const text = output.toString();
  const end = text.startsWith('diff --git ') ? 0 : text.indexOf('\n\n') + 1;
  const figures = text.slice(0, end).split('\n').filter(Boolean);
  return {
    files: figures.map((line) => {
      const [added, removed, ...path] = line.split('\t');
      return { path: path.join('\t'), added: figure(added), removed: figure(removed) };
    }),
    diff: text.slice(end).replace(/^\n/, ''),
    truncated,
  };
}

function figure(text = '-'): number | null {
  return text === '-' ? null : Number(text);
}
