import { invalid, paged, Refusal, type Handlers } from '../handler.js';
import { fileView, pullView, reviewView, user } from '../views.js';

export const pullHandlers: Handlers = {
  'pulls/list': (call, github) => {
    const repo = github.repository(call.params);
    const { state = 'open', base, head } = call.query;
    const pulls = [...repo.issues.values()].reverse().flatMap((issue) => {
      const { pull } = issue;
      if (!pull || (state !== 'all' && issue.state !== state)) return [];
      if (base !== undefined && base !== pull.base) return [];
      if (head !== undefined && head !== `${repo.owner}:${pull.head}`) return [];
      return [pullView(repo, issue, pull)];
    });
    return paged(pulls, call);
  },

  'pulls/get': ({ params, accept }, github) => {
    const { repo, issue, pull } = github.pull(params);
    const view = pullView(repo, issue, pull);
    if (!accept.includes('vnd.github.diff')) return { status: 200, body: view };
    const files = repo.changes(repo.find(pull.base), repo.find(pull.head)!).map(fileView);
    const diff = files.map(({ filename, patch }) => `diff --git a/${filename} b/${filename}\n${patch}\n`).join('');
    return { status: 200, raw: diff, headers: { 'content-type': 'application/vnd.github.diff; charset=utf-8' } };
  },

  'pulls/list-files': (call, github) => {
    const { repo, pull } = github.pull(call.params);
    return paged(repo.changes(repo.find(pull.base), repo.find(pull.head)!).map(fileView), call);
  },

  'pulls/create': ({ params, body }, github) => {
    const repo = github.repository(params);
    const head = String(body.head).replace(`${repo.owner}:`, '');
    if (!repo.branches.has(head)) throw invalid('PullRequest', 'head', 'invalid');
    if (!repo.branches.has(body.base)) throw invalid('PullRequest', 'base', 'invalid');
    const open = [...repo.issues.values()].some(
      ({ pull, state }) => state === 'open' && pull?.head === head && pull.base === body.base,
    );
    if (open)
      throw invalid('PullRequest', 'head', 'custom', `A pull request already exists for ${repo.owner}:${head}.`);
    if (repo.branches.get(head) === repo.branches.get(body.base)) {
      throw invalid('PullRequest', 'base', 'custom', `No commits between ${body.base} and ${head}`);
    }
    const issue = repo.addPull({
      title: body.title,
      body: body.body ?? null,
      head,
      base: body.base,
      draft: body.draft,
    });
    return { status: 201, body: pullView(repo, issue, issue.pull) };
  },

  'pulls/update': ({ params, body }, github) => {
    const { repo, issue, pull } = github.pull(params);
    if (body.base !== undefined && !repo.branches.has(body.base)) throw invalid('PullRequest', 'base', 'invalid');
    const { title = issue.title, body: text = issue.body, state = issue.state } = body;
    Object.assign(issue, { title, body: text, state });
    pull.base = body.base ?? pull.base;
    return { status: 200, body: pullView(repo, issue, pull) };
  },

  'pulls/update-branch': ({ params, body }, github) => {
    const { repo, pull } = github.pull(params);
    const expected = body?.expected_head_sha;
    if (expected !== undefined && expected !== repo.find(pull.head)?.sha) {
      throw new Refusal(422, 'expected_head_sha does not match the current head');
    }
    return { status: 202, body: { message: 'Updating pull request branch.', url: 'https://github.example' } };
  },

  'pulls/merge': ({ params, body }, github) => {
    const { repo, issue, pull } = github.pull(params);
    const head = repo.find(pull.head)!;
    if (body?.sha !== undefined && body.sha !== head.sha) {
      throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
    }
    if (pull.merged || issue.state === 'closed' || pull.draft || pull.conflicts) {
      throw new Refusal(405, 'Pull Request is not mergeable');
    }
    const changed = repo.changes(repo.find(pull.base), head);
    const files = changed.map(({ path, status, content }) => [path, status === 'removed' ? null : content!] as const);
    const message = body?.commit_title ?? `Merge pull request #${issue.number} from ${pull.head}`;
    const { sha } = repo.commit(pull.base, message, Object.fromEntries(files));
    issue.state = 'closed';
    pull.merged = true;
    return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
  },

  'pulls/request-reviewers': ({ params, body }, github) => {
    const { repo, issue, pull } = github.pull(params);
    if ((body.reviewers ?? []).includes(issue.user)) {
      throw new Refusal(422, 'Review cannot be requested from pull request author.');
    }
    pull.reviewers = [...new Set([...pull.reviewers, ...(body.reviewers ?? [])])];
    const view = pullView(repo, issue, pull);
    return { status: 201, body: { ...view, requested_reviewers: pull.reviewers.map(user) } };
  },

  'pulls/list-reviews': (call, github) => {
    const { repo, issue, pull } = github.pull(call.params);
    return paged(
      pull.reviews.map((review) => reviewView(repo, issue, review)),
      call,
    );
  },

  'pulls/create-review': ({ params, body }, github) => {
    const { repo, issue, pull } = github.pull(params);
    const states: Record<string, string> = {
      APPROVE: 'APPROVED',
      REQUEST_CHANGES: 'CHANGES_REQUESTED',
      COMMENT: 'COMMENTED',
    };
    if (body.event === 'APPROVE' && issue.user === 'gateway[bot]') {
      throw new Refusal(422, 'Unprocessable Entity', ['Can not approve your own pull request']);
    }
    const id = repo.nextId();
    const review = {
      id,
      user: 'gateway[bot]',
      state: states[body.event] ?? 'PENDING',
      body: body.body ?? '',
      commit: body.commit_id ?? repo.find(pull.head)!.sha,
    };
    pull.reviews.push(review);
    for (const { path, line, body: text } of body.comments ?? []) {
      const comments = [{ author: 'gateway[bot]', body: text }];
      pull.threads.push({ id: `PRRT_${repo.nextId()}`, path, line, isResolved: false, isOutdated: false, comments });
    }
    return { status: 200, body: reviewView(repo, issue, review) };
  },

  'checks/list-for-ref': (call, github) => {
    const repo = github.repository(call.params);
    const runs = repo.checks
      .filter(({ sha }) => sha === call.params.ref)
      .map(({ name, status, conclusion, sha }, i) => ({
        id: i + 1,
        name,
        status,
        conclusion,
        head_sha: sha,
        html_url: `https://github.example/${repo.fullName}/runs/${i + 1}`,
        output: { title: conclusion === 'failure' ? '2 tests failed' : null, annotations_count: 0 },
      }));
    return paged(runs, call, (page) => ({ total_count: runs.length, check_runs: page }));
  },

  'repos/get-combined-status-for-ref': ({ params }, github) => {
    const repo = github.repository(params);
    const statuses = repo.statuses
      .filter(({ sha }) => sha === params.ref)
      .map(({ context, state }, id) => ({
        id,
        context,
        state,
        description: `${context} says ${state}`,
        target_url: null,
      }));
    const state = statuses.every((status) => status.state === 'success') ? 'success' : 'failure';
    return { status: 200, body: { state, statuses, total_count: statuses.length, sha: params.ref } };
  },
};
