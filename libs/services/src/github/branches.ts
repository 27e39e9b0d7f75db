import { invalidField, type InputOf } from '#libs/kit';
import { at, shaped, textAt } from './answers.js';
import { commitOf } from './commits.js';
import type { Github } from './github.client.js';
import {
  branchShape,
  type createBranch,
  type deleteBranch,
  type getBranch,
  type listBranches,
} from './operations/code.js';

export async function branchesOf(github: Github, input: InputOf<typeof listBranches>, signal: AbortSignal) {
  const asked = { ...github.repository(input), ...(input.protectedOnly && { protected: true }) };
  const { items, nextCursor } = await github.list('GET /repos/{owner}/{repo}/branches', asked, input, signal);
  return { branches: items.map((each) => branchOf(each, input.fields)), nextCursor };
}

export async function getBranchOf(github: Github, input: InputOf<typeof getBranch>, signal: AbortSignal) {
  const asked = { ...github.repository(input), branch: input.branch };
  const { data } = await github.request('GET /repos/{owner}/{repo}/branches/{branch}', asked, signal);
  return { ...branchOf(data, input.fields), commit: commitOf(at(data, 'commit')) };
}

/** GitHub makes a branch from a commit alone, so the one that it begins at is looked up. */
export async function addBranch(github: Github, input: InputOf<typeof createBranch>, signal: AbortSignal) {
  const repository = github.repository(input);
  const from = input.from ?? (await github.defaultBranch(repository, signal));
  const start = { ...repository, ref: `heads/${from}` };
  const { data } = await github.request('GET /repos/{owner}/{repo}/git/ref/{ref}', start, signal);
  const sha = textAt(data, 'object.sha');
  const asked = { ...repository, ref: `refs/heads/${input.name}`, sha };
  await github.request('POST /repos/{owner}/{repo}/git/refs', asked, signal);
  return { name: input.name, sha, from };
}

export async function removeBranch(github: Github, input: InputOf<typeof deleteBranch>, signal: AbortSignal) {
  const repository = github.repository(input);
  if ((await github.defaultBranch(repository, signal)) === input.name) {
    throw invalidField('name', 'a branch other than the default branch', JSON.stringify(input.name));
  }
  const asked = { ...repository, ref: `heads/${input.name}` };
  await github.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', asked, signal);
  return { deleted: input.name };
}

function branchOf(raw: unknown, fields?: readonly string[]) {
  return shaped(branchShape, raw, fields, { sha: at(raw, 'commit.sha') });
}
