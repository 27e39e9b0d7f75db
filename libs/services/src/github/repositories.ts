import { OperationError, type InputOf } from '#libs/kit';
import { at, shaped } from './answers.js';
import type { Github } from './github.client.js';
import {
  repositoryShape,
  type createRepo,
  type getRepo,
  type listRepos,
  type searchRepos,
} from './operations/repositories.js';

export async function listRepositories(github: Github, input: InputOf<typeof listRepos>, signal: AbortSignal) {
  const { items, nextCursor } = await pageOf(github, input, signal);
  return { repos: items.map((each) => shaped(repositoryShape, each, input.fields)), nextCursor };
}

export async function getRepository(github: Github, input: InputOf<typeof getRepo>, signal: AbortSignal) {
  const { data } = await github.request('GET /repos/{owner}/{repo}', { ...github.repository(input) }, signal);
  return shaped(repositoryShape, data, input.fields);
}

export async function searchRepositories(github: Github, input: InputOf<typeof searchRepos>, signal: AbortSignal) {
  const sort = input.sort !== 'best-match' && { sort: input.sort };
  const found = await github.search('GET /search/repositories', { q: input.query, ...sort }, input, signal);
  return { ...found.page, repos: found.items.map((each) => shaped(repositoryShape, each, input.fields)) };
}

export async function createRepository(github: Github, input: InputOf<typeof createRepo>, signal: AbortSignal) {
  const { org, name, description, autoInit } = input;
  const asked = { org, name, description, private: input.private, auto_init: autoInit };
  return github.change('POST /orgs/{org}/repos', asked, signal, ({ data }) => shaped(repositoryShape, data));
}

/** Whether an owner is an organization or a user, only GitHub knows. */
async function pageOf(github: Github, input: InputOf<typeof listRepos>, signal: AbortSignal) {
  const owner = input.owner ?? github.defaultOwner;
  const sort = { sort: 'pushed' };
  if (owner === undefined) {
    return github.kind === 'app'
      ? github.list('GET /installation/repositories', {}, input, signal, { path: 'repositories' })
      : github.list('GET /user/repos', sort, input, signal);
  }
  try {
    return await github.list('GET /orgs/{org}/repos', { org: owner, ...sort }, input, signal);
  } catch (error) {
    if (!(error instanceof OperationError) || at(error.details, 'status') !== 404) throw error;
    return github.list('GET /users/{username}/repos', { username: owner, ...sort }, input, signal);
  }
}
