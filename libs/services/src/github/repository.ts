import { invalidField } from '#libs/kit';
import type { GithubSettings } from './github.settings.js';

export interface Repository {
  owner: string;
  repo: string;
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

/** The repository that is meant where a search names none; undefined where the operator set none either. */
export function namedOrDefault(call: NamesRepository, defaults: Defaults): Repository | undefined {
  const isKnown = call.repo !== undefined || (call.owner === undefined && defaults.repo !== undefined);
  return isKnown ? repositoryOf(call, defaults) : undefined;
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
