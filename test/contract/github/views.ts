import { blobSha, type Commit, type Issue, type Job, type Pull, type RepositoryState, type Run } from './state.js';

const page = 'https://github.example';

export const user = (login: string) => ({ login, id: login.length, type: 'User', html_url: `${page}/${login}` });

export function repositoryView(repo: RepositoryState) {
  return {
    id: 1,
    name: repo.name,
    full_name: repo.fullName,
    owner: user(repo.owner),
    private: repo.isPrivate,
    visibility: repo.isPrivate ? 'private' : 'public',
    description: repo.description,
    default_branch: repo.defaultBranch,
    language: 'TypeScript',
    topics: [],
    archived: false,
    disabled: false,
    fork: false,
    stargazers_count: 3,
    open_issues_count: [...repo.issues.values()].filter(({ state }) => state === 'open').length,
    pushed_at: [...repo.commits.values()].at(-1)?.date ?? null,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    html_url: `${page}/${repo.fullName}`,
  };
}

export function issueView(repo: RepositoryState, issue: Issue) {
  const kind = issue.pull ? 'pull' : 'issues';
  return {
    id: issue.number,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    user: user(issue.user),
    labels: issue.labels.map((name) => ({ name, color: 'ededed' })),
    assignees: issue.assignees.map(user),
    comments: issue.comments.length,
    closed_at: issue.state === 'closed' ? '2026-01-02T00:00:00Z' : null,
    html_url: `${page}/${repo.fullName}/${kind}/${issue.number}`,
    ...(issue.pull && { pull_request: { url: page, html_url: page, diff_url: page, patch_url: page } }),
  };
}

export function pullView(repo: RepositoryState, issue: Issue, { head, base, draft, merged, conflicts, ...pull }: Pull) {
  const { pull_request: _, comments, ...shown } = issueView(repo, issue);
  const headCommit = repo.find(head);
  const files = headCommit ? repo.changes(repo.find(base), headCommit) : [];
  const branch = (ref: string) => ({
    ref,
    sha: repo.find(ref)?.sha ?? '0'.repeat(40),
    label: `${repo.owner}:${ref}`,
    user: user(repo.owner),
    repo: repositoryView(repo),
  });
  return {
    ...shown,
    head: branch(head),
    base: branch(base),
    draft,
    merged,
    merged_at: merged ? '2026-01-02T00:00:00Z' : null,
    mergeable: !conflicts,
    mergeable_state: conflicts ? 'dirty' : 'clean',
    requested_reviewers: pull.reviewers.map(user),
    requested_teams: [],
    comments,
    review_comments: 0,
    commits: 1,
    additions: files.length,
    deletions: 0,
    changed_files: files.length,
  };
}

export function commentView(repo: RepositoryState, issue: Issue, { id, body, user: login }: Issue['comments'][number]) {
  return {
    id,
    body,
    user: user(login),
    html_url: `${page}/${repo.fullName}/issues/${issue.number}#issuecomment-${id}`,
  };
}

export function reviewView(repo: RepositoryState, issue: Issue, review: Pull['reviews'][number]) {
  const { id, user: login, state, body, commit } = review;
  const html_url = `${page}/${repo.fullName}/pull/${issue.number}#pullrequestreview-${id}`;
  const dates = { submitted_at: '2026-01-02T00:00:00Z' };
  return { id, user: user(login), state, body, commit_id: commit, html_url, pull_request_url: html_url, ...dates };
}

export function commitView(repo: RepositoryState, { sha, message, parents, date }: Commit) {
  const person = { name: 'Ada', email: 'ada@example.com', date };
  return {
    sha,
    author: user('ada'),
    committer: user('ada'),
    commit: { message, author: person, committer: person },
    parents: parents.map((parent) => ({ sha: parent, url: page, html_url: page })),
    html_url: `${page}/${repo.fullName}/commit/${sha}`,
  };
}

export function fileView({ path, status, content }: ReturnType<RepositoryState['changes']>[number]) {
  const lines = content?.toString().trimEnd().split('\n') ?? [];
  const sign = status === 'removed' ? '-' : '+';
  const patch = [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => sign + line)].join('\n');
  const [additions, deletions] = status === 'removed' ? [0, lines.length] : [lines.length, 0];
  return {
    filename: path,
    sha: blobSha(content ?? Buffer.of()),
    status,
    additions,
    deletions,
    changes: lines.length,
    patch,
  };
}

export function runView(repo: RepositoryState, run: Run) {
  const workflow = repo.workflows.find(({ id }) => id === run.workflow);
  return {
    id: run.id,
    name: workflow?.name ?? null,
    path: `.github/workflows/${workflow?.file}`,
    display_title: `Run of ${workflow?.name}`,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    head_branch: run.branch,
    head_sha: repo.find(run.branch)?.sha ?? '0'.repeat(40),
    run_number: 1,
    run_attempt: run.attempt,
    workflow_id: run.workflow,
    actor: user('ada'),
    html_url: `${page}/${repo.fullName}/actions/runs/${run.id}`,
    repository: repositoryView(repo),
    head_repository: repositoryView(repo),
  };
}

export function jobView(run: Run, { id, name, conclusion, steps }: Job) {
  const completed = conclusion !== null;
  return {
    id,
    run_id: run.id,
    name,
    status: completed ? 'completed' : 'in_progress',
    conclusion,
    started_at: '2026-01-02T00:00:00Z',
    completed_at: completed ? '2026-01-02T00:01:00Z' : null,
    steps: steps.map((step, i) => ({ ...step, status: 'completed', number: i + 1 })),
  };
}
