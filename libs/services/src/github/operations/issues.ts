import { z } from 'zod';
import { declare } from '#libs/kit';
import {
  adding,
  direction,
  settling,
  changing,
  extra,
  fields,
  login,
  next,
  number,
  page,
  reading,
  repository,
  time,
  total,
} from './fields.js';

const issueNumber = number('issue');
const body = z.string().max(65_536);
const names = z.array(z.string().min(1).max(100)).max(100);

export const issueSummary = z.object({
  number: z.int(),
  title: z.string(),
  state: z.string().describe('open or closed'),
  stateReason: z.string().nullish().describe('completed, not_planned, duplicate or reopened'),
  isPullRequest: z.boolean(),
  user: login,
  assignees: z.array(z.string()).nullish(),
  labels: z.array(z.string()),
  milestone: z.string().nullish(),
  comments: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  closedAt: time,
  url: z.string(),
  extra,
});

export const issueShape = issueSummary.extend({ body: z.string().nullish() });

export const commentShape = z.object({
  id: z.int(),
  user: login,
  body: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  url: z.string(),
  extra,
});

export const listIssues = declare({
  name: 'list-issues',
  title: 'List issues',
  description:
    'Lists the issues of a repository, the newest first; by default those that are open. Pull requests are left out, so a page may hold fewer than limit.',
  input: z.object({
    ...repository,
    state: z.enum(['open', 'closed', 'all']).default('open').describe('Which ones'),
    labels: names.optional().describe('Only those that have all of these labels'),
    assignee: z.string().max(100).optional().describe('Only those assigned to this login; "none" or "*" for any'),
    creator: z.string().max(100).optional().describe('Only those of this login'),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only those changed since, such as 2026-01-31T00:00:00Z'),
    sort: z.enum(['created', 'updated', 'comments']).default('created').describe('What comes first'),
    direction,
    ...page,
  }),
  output: z.object({ issues: z.array(issueSummary), nextCursor: next }),
  ...reading,
});

export const getIssue = declare({
  name: 'get-issue',
  title: 'Get an issue',
  description: 'Tells all about one issue with its text. What was said about it is in list-comments.',
  input: z.object({ number: issueNumber, ...repository, fields }),
  output: issueShape,
  ...reading,
});

export const listComments = declare({
  name: 'list-comments',
  title: 'List comments',
  description: 'Lists the comments of an issue or pull request, the oldest first.',
  input: z.object({
    number: number('issue or pull request'),
    ...repository,
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only those changed since, such as 2026-01-31T00:00:00Z'),
    ...page,
  }),
  output: z.object({ comments: z.array(commentShape), nextCursor: next }),
  ...reading,
});

export const searchIssues = declare({
  name: 'search-issues',
  title: 'Search issues',
  description:
    'Searches issues or pull requests with the qualifiers of GitHub’s search, such as label:bug or author:octocat. Without repo:, org: or user: in the query it searches the named repository or all of the named owner, else the operator’s repository, else everywhere.',
  slash: 'search-issues <query...>',
  input: z.object({
    query: z.string().min(1).max(256).describe('Words and qualifiers, such as "crash on start is:open label:bug"'),
    type: z.enum(['issue', 'pull-request']).default('issue').describe('What to search'),
    ...repository,
    sort: z.enum(['best-match', 'created', 'updated', 'comments']).default('best-match').describe('What comes first'),
    ...page,
  }),
  output: z.object({ issues: z.array(issueSummary), total, nextCursor: next }),
  ...reading,
});

const changeable = {
  labels: names.optional().describe('Labels; they replace those that are there'),
  assignees: names.optional().describe('Logins; they replace those that are there'),
  milestone: z.int().min(1).nullable().optional().describe('Number of a milestone; null for none'),
};

export const createIssue = declare({
  name: 'create-issue',
  title: 'Create an issue',
  description: 'Opens an issue. GitHub drops labels and assignees silently where the gateway may not set them.',
  slash: 'create-issue <title> [body]',
  input: z.object({
    title: z.string().min(1).max(256).describe('Title'),
    body: body.optional().describe('Text, as Markdown'),
    labels: names.optional().describe('Labels'),
    assignees: names.optional().describe('Logins of who is to work on it'),
    milestone: z.int().min(1).optional().describe('Number of a milestone'),
    ...repository,
  }),
  output: issueShape,
  ...adding,
});

export const updateIssue = declare({
  name: 'update-issue',
  title: 'Change an issue',
  description: 'Changes title, text, labels, assignees or milestone of an issue; what is not named stays.',
  input: z.object({
    number: issueNumber,
    ...repository,
    title: z.string().min(1).max(256).optional().describe('New title'),
    body: body.optional().describe('New text, as Markdown'),
    ...changeable,
  }),
  output: issueShape,
  ...changing,
});

export const closeIssue = declare({
  name: 'close-issue',
  title: 'Close an issue',
  description: 'Closes an issue as completed or as not planned. reopen-issue takes it back.',
  input: z.object({
    number: issueNumber,
    ...repository,
    reason: z.enum(['completed', 'not-planned']).default('completed').describe('Why'),
  }),
  output: issueShape,
  ...settling,
});

export const reopenIssue = declare({
  name: 'reopen-issue',
  title: 'Reopen an issue',
  description: 'Opens an issue again that was closed.',
  input: z.object({ number: issueNumber, ...repository }),
  output: issueShape,
  ...settling,
});

export const commentIssue = declare({
  name: 'comment-issue',
  title: 'Comment on an issue',
  description: 'Adds a comment to an issue or pull request. For comments on lines of code use review-pr.',
  slash: 'comment-issue <number> <body>',
  input: z.object({
    number: number('issue or pull request'),
    body: body.min(1).describe('Comment, as Markdown'),
    ...repository,
  }),
  output: commentShape,
  ...adding,
});
