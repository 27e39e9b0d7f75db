import { repositoryOf, searchScopeOf, type Defaults, type NamesRepository, type SearchScope } from './repository.js';

/** What in a query of GitHub's search may reach beyond the place that is added to it. */
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
  const place = placeOf({ owner: textOf(owner), repo: textOf(repo) }, rest, operation, defaults);
  return {
    ...rest,
    ...(place && { owner: place.owner.toLowerCase() }),
    ...(place?.repo !== undefined && { repo: `${place.owner}/${place.repo}`.toLowerCase() }),
  };
}

/** What the call reaches, as far as it can be told. */
function placeOf(
  call: NamesRepository,
  { query }: Record<string, unknown>,
  operation: string,
  defaults: Defaults,
): SearchScope | undefined {
  if (operation === 'list-repos') {
    const owner = call.owner ?? defaults.owner;
    return owner === undefined ? undefined : { owner };
  }
  const isSearch = operation.startsWith('search-');
  if (isSearch && typeof query === 'string' && reachesFurther.test(query)) return undefined;
  try {
    return isSearch ? searchScopeOf(call, defaults) : repositoryOf(call, defaults);
  } catch {
    // the call itself will fail; a rule may still name an owner alone
    return call.owner === undefined ? undefined : { owner: call.owner };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
