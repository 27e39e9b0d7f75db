import type { InputOf } from '#libs/kit';
import { at, listAt, shaped } from './answers.js';
import type { Github } from './github.client.js';
import { commitShape, type getCommit, type listCommits } from './operations/code.js';
import { fileShape } from './operations/pull-requests.js';
import { nextCursor, pageParameters } from './paging.js';

export async function commitsOf(github: Github, input: InputOf<typeof listCommits>, signal: AbortSignal) {
  const { path, author, since, until, fields } = input;
  const asked = { ...github.repository(input), sha: input.ref, path, author, since, until };
  const { items, nextCursor } = await github.list('GET /repos/{owner}/{repo}/commits', asked, input, signal);
  return { commits: items.map((each) => commitOf(each, fields)), nextCursor };
}

/** GitHub pages through the files of a commit, not through commits. */
export async function commitWithFiles(github: Github, input: InputOf<typeof getCommit>, signal: AbortSignal) {
  const asked = { ...github.repository(input), ref: input.ref, ...pageParameters(input) };
  const { data, headers } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}', asked, signal);
  return {
    ...commitOf(data, input.fields),
    additions: Number(at(data, 'stats.additions') ?? 0),
    deletions: Number(at(data, 'stats.deletions') ?? 0),
    files: listAt(data, 'files').map((each) => shaped(fileShape, each)),
    nextCursor: nextCursor(headers.link),
  };
}

/** `author` is GitHub's account where there is one, and what git recorded otherwise. */
export function commitOf(raw: unknown, fields?: readonly string[]) {
  const flat = {
    message: at(raw, 'commit.message'),
    author: at(raw, 'author.login') ?? at(raw, 'commit.author.name') ?? null,
    date: at(raw, 'commit.committer.date') ?? at(raw, 'commit.author.date') ?? null,
    parents: listAt(raw, 'parents').map((parent) => at(parent, 'sha')),
  };
  return shaped(commitShape, raw, fields, flat);
}
