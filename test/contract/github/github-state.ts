import { notFound } from './handler.js';
import { RepositoryState, type Issue, type Pull } from './state.js';

/** Everything that this GitHub holds: organizations, users and their repositories. */
export class GithubState {
  readonly repositories = new Map<string, RepositoryState>();
  readonly organizations = new Set<string>();
  /** Where the logs of jobs are; empty where this server keeps them. */
  logStore = '';

  addRepository(owner: string, name: string, isPrivate = true): RepositoryState {
    const repository = new RepositoryState(owner, name, isPrivate);
    this.repositories.set(repository.fullName.toLowerCase(), repository);
    return repository;
  }

  repository({ owner, repo }: Record<string, string>): RepositoryState {
    const found = this.repositories.get(`${owner}/${repo}`.toLowerCase());
    if (!found) throw notFound();
    return found;
  }

  ownedBy(owner: string): RepositoryState[] {
    return [...this.repositories.values()].filter((repository) => repository.owner === owner);
  }

  issue(params: Record<string, string>): { repo: RepositoryState; issue: Issue } {
    const repo = this.repository(params);
    const issue = repo.issues.get(Number(params.issue_number ?? params.pull_number));
    if (!issue) throw notFound();
    return { repo, issue };
  }

  pull(params: Record<string, string>): { repo: RepositoryState; issue: Issue; pull: Pull } {
    const { repo, issue } = this.issue(params);
    if (!issue.pull) throw notFound();
    return { repo, issue, pull: issue.pull };
  }
}
