import { repositoryOf, type Defaults, type NamesRepository, type Repository } from './repository.js';

/** What in a query of GitHub's search may reach beyond the repository that is added to it. */
const reachesFurther = /\b(?:repo|org|user|owner|enterprise)\s*:|[()]|\b(?:OR|NOT)\b/i;

/**
 * The arguments of a call with the repository that it means as "owner/name" in lower case, since GitHub's names have no
 * case. What the call may reach besides leaves it out: a search that says itself where, or a list of all repositories.
 */
export function withRepositoryNamed(
  { owner, repo, ...rest }: Record<string, unknown>,
  operation: string,
  defaults: Defaults,
): Record<string, unknown> {
  const call = { owner: textOf(owner), repo: textOf(repo) };
  const isSearch = operation.startsWith('search-');
  if (isSearch && typeof rest.query === 'string' && reachesFurther.test(rest.query)) return rest;
  const isOfOwner = call.repo === undefined && (operation === 'list-repos' || (isSearch && call.owner !== undefined));
  const found = isOfOwner ? undefined : repositoryMeant(call, defaults);
  const named = found?.owner ?? call.owner ?? (operation === 'list-repos' ? defaults.owner : undefined);
  return {
    ...rest,
    ...(named !== undefined && { owner: named.toLowerCase() }),
    ...(found && { repo: `${found.owner}/${found.repo}`.toLowerCase() }),
  };
}

function repositoryMeant(call: NamesRepository, defaults: Defaults): Repository | undefined {
  try {
    return repositoryOf(call, defaults);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
