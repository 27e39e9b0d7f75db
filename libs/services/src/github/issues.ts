import { invalidField, type InputOf } from '#libs/kit';
import { at, shaped } from './answers.js';
import type { Github } from './github.client.js';
import {
  commentShape,
  issueShape,
  issueSummary,
  type closeIssue,
  type commentIssue,
  type createIssue,
  type getIssue,
  type listComments,
  type listIssues,
  type reopenIssue,
  type searchIssues,
  type updateIssue,
} from './operations/issues.js';
import { withScope } from './search-scope.js';

const ISSUES = '/repos/{owner}/{repo}/issues';
const ISSUE = `${ISSUES}/{issue_number}`;

interface NamesIssue {
  number: number;
  owner?: string | undefined;
  repo?: string | undefined;
}

export async function issuesOf(github: Github, input: InputOf<typeof listIssues>, signal: AbortSignal) {
  const { state, assignee, creator, since, sort, direction } = input;
  const labels = input.labels?.join(',');
  const asked = { ...github.repository(input), state, labels, assignee, creator, since, sort, direction };
  const { items, nextCursor } = await github.list(`GET ${ISSUES}`, asked, input, signal);
  const issues = items.filter((each) => !isPullRequest(each));
  return { issues: issues.map((each) => summaryOf(each, input.fields)), nextCursor };
}

export async function issue(github: Github, input: InputOf<typeof getIssue>, signal: AbortSignal) {
  const { data } = await github.request(`GET ${ISSUE}`, issueOf(github, input), signal);
  return wholeOf(data, input.fields);
}

export async function commentsOf(github: Github, input: InputOf<typeof listComments>, signal: AbortSignal) {
  const asked = { ...issueOf(github, input), since: input.since };
  const { items, nextCursor } = await github.list(`GET ${ISSUE}/comments`, asked, input, signal);
  return { comments: items.map((each) => shaped(commentShape, each, input.fields)), nextCursor };
}

export async function findIssues(github: Github, input: InputOf<typeof searchIssues>, signal: AbortSignal) {
  const q = withScope(`is:${input.type} ${input.query}`, github.searchScope(input));
  const sort = input.sort !== 'best-match' && { sort: input.sort };
  const found = await github.search('GET /search/issues', { q, ...sort }, input, signal);
  return { ...found.page, issues: found.items.map((each) => summaryOf(each, input.fields)) };
}

export async function openIssue(github: Github, input: InputOf<typeof createIssue>, signal: AbortSignal) {
  const { title, body, labels, assignees, milestone } = input;
  const asked = { ...github.repository(input), title, body, labels, assignees, milestone };
  return github.change(`POST ${ISSUES}`, asked, signal, ({ data }) => wholeOf(data));
}

export async function changeIssue(github: Github, input: InputOf<typeof updateIssue>, signal: AbortSignal) {
  const { title, body, labels, assignees, milestone } = input;
  const change = { title, body, labels, assignees, milestone };
  if (Object.values(change).every((value) => value === undefined)) {
    throw invalidField('title', 'something to change: title, body, labels, assignees or milestone', 'nothing');
  }
  return patch(github, input, change, signal);
}

export function close(github: Github, input: InputOf<typeof closeIssue>, signal: AbortSignal) {
  return patch(github, input, { state: 'closed', state_reason: input.reason.replace('-', '_') }, signal);
}

export function reopen(github: Github, input: InputOf<typeof reopenIssue>, signal: AbortSignal) {
  return patch(github, input, { state: 'open' }, signal);
}

export async function comment(github: Github, input: InputOf<typeof commentIssue>, signal: AbortSignal) {
  const asked = { ...issueOf(github, input), body: input.body };
  return github.change(`POST ${ISSUE}/comments`, asked, signal, ({ data }) => shaped(commentShape, data));
}

async function patch(github: Github, input: NamesIssue, change: object, signal: AbortSignal) {
  return github.change(`PATCH ${ISSUE}`, { ...issueOf(github, input), ...change }, signal, ({ data }) => wholeOf(data));
}

function issueOf(github: Github, input: NamesIssue) {
  return { ...github.repository(input), issue_number: input.number };
}

/** To GitHub's issues, pull requests are issues with one member more. */
function isPullRequest(raw: unknown): boolean {
  return at(raw, 'pull_request') !== undefined;
}

function summaryOf(raw: unknown, fields?: readonly string[]) {
  return shaped(issueSummary, raw, fields, { isPullRequest: isPullRequest(raw) });
}

function wholeOf(raw: unknown, fields?: readonly string[]) {
  return shaped(issueShape, raw, fields, { isPullRequest: isPullRequest(raw) });
}
