import { invalid, paged, Refusal, type Handlers } from '../handler.js';
import { commentView, issueView } from '../views.js';

export const issueHandlers: Handlers = {
  'issues/list-for-repo': (call, github) => {
    const repo = github.repository(call.params);
    const { state = 'open', labels, assignee, creator } = call.query;
    const issues = [...repo.issues.values()].reverse().filter((issue) => {
      if (state !== 'all' && issue.state !== state) return false;
      if (labels !== undefined && !labels.split(',').every((label) => issue.labels.includes(label))) return false;
      if (creator !== undefined && issue.user !== creator) return false;
      if (assignee === undefined) return true;
      return assignee === 'none' ? issue.assignees.length === 0 : issue.assignees.includes(assignee);
    });
    return paged(
      issues.map((issue) => issueView(repo, issue)),
      call,
    );
  },

  'issues/get': ({ params }, github) => {
    const { repo, issue } = github.issue(params);
    return { status: 200, body: issueView(repo, issue) };
  },

  'issues/create': ({ params, body }, github) => {
    const repo = github.repository(params);
    const { title, body: text = null, labels = [], assignees = [] } = body;
    if (String(title).trim() === '') throw invalid('Issue', 'title', 'missing_field');
    const issue = repo.addIssue({ title, body: text, labels, assignees });
    return { status: 201, body: issueView(repo, issue) };
  },

  'issues/update': ({ params, body }, github) => {
    const { repo, issue } = github.issue(params);
    const { state_reason, milestone, ...change } = body;
    if (milestone) throw invalid('Issue', 'milestone', 'invalid');
    const stateReason = change.state === 'open' ? 'reopened' : (state_reason ?? issue.stateReason);
    Object.assign(issue, change, { stateReason });
    return { status: 200, body: issueView(repo, issue) };
  },

  'issues/list-comments': (call, github) => {
    const { repo, issue } = github.issue(call.params);
    return paged(
      issue.comments.map((comment) => commentView(repo, issue, comment)),
      call,
    );
  },

  'issues/create-comment': ({ params, body }, github) => {
    const { repo, issue } = github.issue(params);
    const comment = { id: repo.nextId(), user: 'gateway[bot]', body: body.body };
    issue.comments.push(comment);
    return { status: 201, body: commentView(repo, issue, comment) };
  },

  'search/issues-and-pull-requests': (call, github) => {
    const words = call.query.q!.split(/\s+/);
    if (!words.some((word) => /^is:(issue|pull-request)$/.test(word))) {
      throw new Refusal(422, 'Validation Failed', [{ message: "Query must include 'is:issue' or 'is:pull-request'" }]);
    }
    const wanted = (name: string) => words.find((word) => word.startsWith(`${name}:`))?.slice(name.length + 1);
    const text = words.filter((word) => !word.includes(':')).map((word) => word.toLowerCase());
    const found = [...github.repositories.values()]
      .filter(({ fullName }) => (wanted('repo') ?? fullName) === fullName)
      .flatMap((repo) => [...repo.issues.values()].map((issue) => ({ repo, issue })))
      .filter(({ issue }) => (words.includes('is:pull-request') ? issue.pull : !issue.pull))
      .filter(
        ({ issue }) => issue.labels.includes(wanted('label') ?? issue.labels[0]!) || wanted('label') === undefined,
      )
      .filter(({ issue }) => text.every((word) => issue.title.toLowerCase().includes(word)));
    const views = found.map(({ repo, issue }) => ({ ...issueView(repo, issue), score: 1 }));
    return paged(views, call, (items) => ({ total_count: views.length, incomplete_results: false, items }));
  },
};
