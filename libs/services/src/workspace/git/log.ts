import type { InputOf, OutputOf } from '#libs/kit';
import type { gitLog } from '../operations/reading-git.js';
import type { OpenRepository } from './git.js';
import type { GitView } from './git-view.js';
import { plainDiff } from './plain-diff.js';
import { commitOf } from './revisions.js';

type Log = OutputOf<typeof gitLog>;
type Commit = Log['commits'][number];

const fields = ['%H', '%P', '%an', '%ae', '%aI', '%B'];
const form = ['--no-show-signature', '--no-notes', '-z', `--format=${fields.join('%x00')}`];

export async function log({ view, shown }: OpenRepository, input: InputOf<typeof gitLog>): Promise<Log> {
  const { ref, files, author, search, since, until, limit, offset } = input;
  const filters = [
    ...(author === undefined ? [] : [`--author=${author}`]),
    ...(search === undefined ? [] : [`--grep=${search}`]),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
  ];
  const range = [`--max-count=${limit + 1}`, `--skip=${offset}`];
  const start = await commitOf(view, ref);
  const words = ['--fixed-strings', '--regexp-ignore-case', ...filters, ...range, ...plainDiff];
  const { output } = await view.run(['log', ...form, ...words, start, '--', ...files]);
  const commits = readCommits(output.toString());
  return {
    repository: shown,
    commits: commits.slice(0, limit),
    nextOffset: commits.length > limit ? offset + limit : null,
  };
}

export async function commitAt(view: GitView, hash: string): Promise<Commit> {
  const { output } = await view.run(['log', ...form, '--max-count=1', hash, '--']);
  const [commit] = readCommits(output.toString());
  if (!commit) throw new Error(`git log says nothing about ${hash}`);
  return commit;
}

/** A commit that was cut off is left out. */
function readCommits(text: string): Commit[] {
  const parts = text.split('\0').slice(0, -1);
  const commits: Commit[] = [];
  for (let at = 0; at + fields.length <= parts.length; at += fields.length) {
    const [hash = '', parents = '', author = '', email = '', date = '', message = ''] = parts.slice(at);
    commits.push({
      hash,
      author,
      email,
      date,
      parents: parents.split(' ').filter(Boolean),
      message: message.trimEnd(),
    });
  }
  return commits;
}
