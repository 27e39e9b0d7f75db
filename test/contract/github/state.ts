import { createHash } from 'node:crypto';

export interface Commit {
  sha: string;
  message: string;
  parents: string[];
  /** Everything that is in the repository at this commit. */
  tree: ReadonlyMap<string, Buffer>;
  date: string;
}

export interface Issue {
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: string | null;
  user: string;
  labels: string[];
  assignees: string[];
  comments: { id: number; user: string; body: string }[];
  /** Of a pull request. */
  pull?: Pull;
}

export interface Pull {
  head: string;
  base: string;
  draft: boolean;
  merged: boolean;
  /** As if both sides had changed the same lines. */
  conflicts: boolean;
  reviewers: string[];
  reviews: { id: number; user: string; state: string; body: string; commit: string }[];
  threads: Thread[];
}

export interface Thread {
  id: string;
  path: string;
  line: number | null;
  isResolved: boolean;
  isOutdated: boolean;
  comments: { author: string | null; body: string }[];
}

export interface Job {
  id: number;
  name: string;
  conclusion: string | null;
  steps: { name: string; conclusion: string }[];
  /** Undefined where GitHub keeps none. */
  log?: string;
}

export interface Run {
  id: number;
  workflow: number;
  event: string;
  branch: string;
  status: string;
  conclusion: string | null;
  attempt: number;
  jobs: Job[];
}

const sha1 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** As git names a file's content. */
export const blobSha = (content: Buffer) => sha1(`blob ${content.length}\0`, content);

/** One repository and all that GitHub keeps about it. */
export class RepositoryState {
  defaultBranch = 'main';
  description: string | null = null;
  readonly commits = new Map<string, Commit>();
  readonly branches = new Map<string, string>();
  readonly protectedBranches = new Set<string>();
  readonly issues = new Map<number, Issue>();
  readonly runs: Run[] = [];
  readonly workflows: { id: number; name: string; file: string; dispatchable: boolean }[] = [];
  readonly releases: { id: number; tag: string; name: string; body: string }[] = [];
  readonly activity: { ref: string; type: string; after: string }[] = [];
  readonly checks: { name: string; sha: string; status: string; conclusion: string | null }[] = [];
  readonly statuses: { context: string; sha: string; state: string }[] = [];
  private lastId = 1_000;

  constructor(
    readonly owner: string,
    readonly name: string,
    readonly isPrivate = true,
  ) {
    this.commit('main', 'Initial commit', { 'README.md': `# ${name}\n` });
  }

  get fullName(): string {
    return `${this.owner}/${this.name}`;
  }

  nextId(): number {
    return (this.lastId += 1);
  }

  /** Adds a commit to a branch, which begins at the default branch where it is new. A content of null deletes. */
  commit(branch: string, message: string, files: Record<string, string | Buffer | null>): Commit {
    const parent = this.branches.get(branch) ?? this.branches.get(this.defaultBranch);
    const tree = new Map(parent === undefined ? [] : this.commits.get(parent)!.tree);
    for (const [path, content] of Object.entries(files)) {
      if (content === null) tree.delete(path);
      else tree.set(path, Buffer.from(content));
    }
    const sha = sha1(this.fullName, branch, message, String(this.nextId()));
    const date = new Date(Date.UTC(2026, 0, 1) + this.commits.size * 60_000).toISOString();
    const commit = { sha, message, parents: parent === undefined ? [] : [parent], tree, date };
    this.commits.set(sha, commit);
    this.moveBranch(branch, sha, this.branches.has(branch) ? 'push' : 'branch_creation');
    return commit;
  }

  moveBranch(branch: string, sha: string, type: string): void {
    this.branches.set(branch, sha);
    this.activity.unshift({ ref: `refs/heads/${branch}`, type, after: sha });
  }

  deleteBranch(branch: string): void {
    this.activity.unshift({ ref: `refs/heads/${branch}`, type: 'branch_deletion', after: '0'.repeat(40) });
    this.branches.delete(branch);
  }

  /** The commit that a branch or (the beginning of) a hash names. */
  find(ref: string): Commit | undefined {
    const sha =
      this.branches.get(ref) ?? [...this.commits.keys()].find((key) => ref.length >= 7 && key.startsWith(ref));
    return sha === undefined ? undefined : this.commits.get(sha);
  }

  addIssue(fields: Partial<Issue> & { title: string }): Issue {
    const number = Math.max(0, ...this.issues.keys()) + 1;
    const plain = { body: null, state: 'open' as const, stateReason: null, user: 'gateway[bot]' };
    const issue = { ...plain, labels: [], assignees: [], comments: [], ...fields, number };
    this.issues.set(number, issue);
    return issue;
  }

  addPull(
    fields: Partial<Issue> & { title: string; head: string; base?: string; draft?: boolean },
  ): Issue & { pull: Pull } {
    const { head, base = this.defaultBranch, draft = false, ...issue } = fields;
    const pull = { head, base, draft, merged: false, conflicts: false, reviewers: [], reviews: [], threads: [] };
    return this.addIssue({ ...issue, pull }) as Issue & { pull: Pull };
  }

  /** Files that differ between two commits. */
  changes(before: Commit | undefined, after: Commit): { path: string; status: string; content: Buffer | undefined }[] {
    const paths = [...new Set([...(before?.tree.keys() ?? []), ...after.tree.keys()])].sort();
    return paths.flatMap((path) => {
      const [old, now] = [before?.tree.get(path), after.tree.get(path)];
      if (old && now && old.equals(now)) return [];
      const status = !old ? 'added' : !now ? 'removed' : 'modified';
      return [{ path, status, content: now ?? old }];
    });
  }
}
