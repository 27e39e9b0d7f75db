import { invalidField, type InputOf } from '#libs/kit';
import { shaped, textAt } from './answers.js';
import type { Github } from './github.client.js';
import {
  fileShape,
  pullShape,
  pullSummary,
  type getPr,
  type listPrs,
  type prDiff,
  type prFiles,
  type updatePr,
  type updatePrBranch,
} from './operations/pull-requests.js';

export const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}';

export async function listPulls(github: Github, input: InputOf<typeof listPrs>, signal: AbortSignal) {
  const repository = github.repository(input);
  const { state, base, sort, direction } = input;
  const head = input.head?.includes(':') === false ? `${repository.owner}:${input.head}` : input.head;
  const asked = { ...repository, state, base, head, sort, direction };
  const { items, nextCursor } = await github.list('GET /repos/{owner}/{repo}/pulls', asked, input, signal);
  return { pullRequests: items.map((each) => shaped(pullSummary, each, input.fields)), nextCursor };
}

export async function getPull(github: Github, input: InputOf<typeof getPr>, signal: AbortSignal) {
  const { data } = await github.request(`GET ${PULL}`, pullOf(github, input), signal);
  return shaped(pullShape, data, input.fields);
}

export async function listPullFiles(github: Github, input: InputOf<typeof prFiles>, signal: AbortSignal) {
  const { items, nextCursor } = await github.list(`GET ${PULL}/files`, pullOf(github, input), input, signal);
  return { files: items.map((each) => shaped(fileShape, each, input.fields)), nextCursor };
}

export async function diffOfPull(github: Github, input: InputOf<typeof prDiff>, signal: AbortSignal) {
  const options = { accept: 'application/vnd.github.diff' };
  const { data } = await github.request(`GET ${PULL}`, pullOf(github, input), signal, options);
  return { diff: textAt({ data }, 'data') };
}

export async function updatePull(github: Github, input: InputOf<typeof updatePr>, signal: AbortSignal) {
  const { title, body, base, state } = input;
  const change = { title, body, base, state };
  if (Object.values(change).every((value) => value === undefined)) {
    throw invalidField('title', 'something to change: title, body, base or state', 'nothing');
  }
  return github.change(`PATCH ${PULL}`, { ...pullOf(github, input), ...change }, signal, ({ data }) =>
    shaped(pullShape, data),
  );
}

export async function updatePullBranch(github: Github, input: InputOf<typeof updatePrBranch>, signal: AbortSignal) {
  const asked = { ...pullOf(github, input), expected_head_sha: input.expectedHeadSha };
  return github.change(`PUT ${PULL}/update-branch`, asked, signal, ({ data }) => ({
    message: textAt(data, 'message'),
  }));
}

/** The parameters of an address of a pull request. */
export function pullOf(
  github: Github,
  input: { number: number; owner?: string | undefined; repo?: string | undefined },
) {
  return { ...github.repository(input), pull_number: input.number };
}
