import type { SearchScope } from './repository.js';

const scoped = /(?:^|\s)(?:repo|org|user):/i;

/**
 * A query of GitHub's search, in one place unless it says itself where to search. The place comes first: at the end, a
 * quotation that is left open would take it in. `user:` means organizations too.
 */
export function withScope(query: string, scope: SearchScope | undefined): string {
  if (!scope || scoped.test(query)) return query;
  const { owner, repo } = scope;
  return `${repo === undefined ? `user:${owner}` : `repo:${owner}/${repo}`} ${query}`;
}
