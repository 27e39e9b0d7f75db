import type { GithubState } from './github-state.js';
import { problemsOfData, problemsOfQuery } from './graphql-schema.js';
import type { Reply } from './handler.js';

interface Variables {
  owner: string;
  repo: string;
  number: number;
  first: number;
  after: string | null;
}

interface Query {
  query: string;
  variables: Variables;
}

/** The one query that the gateway sends, and what in it or in its answer is against GitHub's schema. */
export function answerQuery(asked: Query, github: GithubState): { reply: Reply; problems: string[] } {
  const reply = reviewThreads(asked.variables, github);
  const { data, errors } = reply.body as { data: object; errors?: object[] };
  const call = { query: asked.query, variables: { ...asked.variables } };
  const problems = [...problemsOfQuery(call), ...(errors ? [] : problemsOfData(call, data))];
  return { reply, problems: problems.map((problem) => `POST /graphql: ${problem}`) };
}

/** With its errors at status 200, as GitHub tells them. */
function reviewThreads(variables: Variables, github: GithubState): Reply {
  const { owner, repo: name, number, first, after } = variables;
  const failed = (type: string, message: string): Reply => ({
    status: 200,
    body: { data: { repository: null }, errors: [{ type, path: ['repository'], message }] },
  });
  const repo = github.repositories.get(`${owner}/${name}`.toLowerCase());
  if (!repo) return failed('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  const pull = repo.issues.get(number)?.pull;
  if (!pull) return failed('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${number}.`);
  const from = after === null ? 0 : Number(after);
  const nodes = pull.threads.slice(from, from + first).map(({ comments, ...thread }) => ({
    ...thread,
    comments: {
      pageInfo: { hasNextPage: false },
      nodes: comments.map(({ author, body }) => ({
        author: author === null ? null : { login: author },
        body,
        createdAt: '2026-01-02T00:00:00Z',
        url: `https://github.example/${repo.fullName}/pull/${number}#discussion_r1`,
      })),
    },
  }));
  const hasNextPage = from + first < pull.threads.length;
  const pageInfo = { hasNextPage, endCursor: String(from + nodes.length) };
  return { status: 200, body: { data: { repository: { pullRequest: { reviewThreads: { pageInfo, nodes } } } } } };
}
