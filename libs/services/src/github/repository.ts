import { invalidField } from '#libs/kit';
import type { GithubSettings } from './github.settings.js';

export interface Repository {
  owner: string;
  repo: string;
}

/** Where a search looks: a repository, or all of an owner's. */
export interface SearchScope {
  owner: string;
  repo?: string;
}

export interface NamesRepository {
  owner?: string | undefined;
  repo?: string | undefined;
}

export type Defaults = Pick<GithubSettings, 'owner' | 'repo'>;

/** The repository that a call means: its own words first (`repo` may be "owner/name"), then those of the operator. */
export function repositoryOf(call: NamesRepository, defaults: Defaults): Repository {
  const [repo, ownerInRepo] = split(call.repo ?? defaults.repo);
  const owner = call.owner ?? ownerInRepo ?? split(defaults.repo)[1] ?? defaults.owner;
  if (repo === undefined) throw needed('repo', 'GITHUB_REPO');
  if (owner === undefined) throw needed('owner', 'GITHUB_OWNER');
  return { owner, repo };
}

/** Where a search looks that does not say so itself; undefined where neither the call nor the operator names a place. */
export function searchScopeOf(call: NamesRepository, defaults: Defaults): SearchScope | undefined {
  if (call.repo === undefined && call.owner !== undefined) return { owner: call.owner };
  return call.repo === undefined && defaults.repo === undefined ? undefined : repositoryOf(call, defaults);
}

function split(name: string | undefined): [repo: string | undefined, owner: string | undefined] {
  if (name === undefined) return [undefined, undefined];
  const [first, second] = name.split('/');
  return second === undefined ? [first, undefined] : [second, first];
}

function needed(field: 'owner' | 'repo', variable: string) {
  const example = field === 'repo' ? 'a repository such as "owner/name"' : 'an organization or user';
  return invalidField(field, `${example}, since the operator has set no ${variable}`, 'nothing');
}
