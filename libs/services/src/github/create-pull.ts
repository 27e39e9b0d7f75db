import { invalidField, type InputOf } from '#libs/kit';
import { shaped, textAt } from './answers.js';
import type { Github } from './github.client.js';
import { pullShape, type createPr } from './operations/pull-requests.js';
import type { Repository } from './repository.js';

/** How many of the branches pushed last are looked at for one without a pull request. */
const CANDIDATES = 5;

export async function createPull(github: Github, input: InputOf<typeof createPr>, signal: AbortSignal) {
  const repository = github.repository(input);
  const { title, body, draft } = input;
  const base = input.base ?? (await github.defaultBranch(repository, signal));
  const head = input.head ?? (await lastPushed(github, repository, base, signal));
  const asked = { ...repository, title, body, head, base, draft };
  return github.change('POST /repos/{owner}/{repo}/pulls', asked, signal, ({ data }) => shaped(pullShape, data));
}

/** The branch that was pushed last, is still there and has no open pull request. */
async function lastPushed(github: Github, repository: Repository, base: string, signal: AbortSignal): Promise<string> {
  for (const branch of (await activeBranches(github, repository, signal))
    .filter((name) => name !== base)
    .slice(0, CANDIDATES)) {
    const head = `${repository.owner}:${branch}`;
    const page = { limit: 1 };
    const open = await github.list(
      'GET /repos/{owner}/{repo}/pulls',
      { ...repository, head, state: 'open' },
      page,
      signal,
    );
    if (open.items.length === 0) return branch;
  }
  throw invalidField(
    'head',
    'the branch with the changes',
    'nothing, and no branch without a pull request was pushed lately',
  );
}

/** Branches by what was done to them last, without those that were deleted. */
async function activeBranches(github: Github, repository: Repository, signal: AbortSignal): Promise<string[]> {
  const page = { limit: 100 };
  const { items } = await github.list('GET /repos/{owner}/{repo}/activity', { ...repository }, page, signal);
  const seen = new Map<string, string>();
  for (const activity of items) {
    const ref = textAt(activity, 'ref');
    if (!seen.has(ref)) seen.set(ref, textAt(activity, 'activity_type'));
  }
  return [...seen].flatMap(([ref, last]) =>
    ref.startsWith('refs/heads/') && last !== 'branch_deletion' ? [ref.slice('refs/heads/'.length)] : [],
  );
}
