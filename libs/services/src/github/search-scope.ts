import type { Repository } from './repository.js';

const scoped = /(?:^|\s)(?:repo|org|user):/i;

/** A query of GitHub's search, in one repository unless it says itself where to search. */
export function withScope(query: string, repository: Repository | undefined): string {
  if (!repository || scoped.test(query)) return query;
  return `${query} repo:${repository.owner}/${repository.repo}`;
}
