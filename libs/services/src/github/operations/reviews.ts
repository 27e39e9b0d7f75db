import { z } from 'zod';
import { declare } from '#libs/kit';
import { adding, settling, extra, login, next, number, page, reading, repository, sha } from './fields.js';

const pullNumber = number('pull request');

export const reviewShape = z.object({
  id: z.int(),
  user: login,
  state: z.string().describe('APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING'),
  body: z.string().nullable(),
  submittedAt: z.string().optional(),
  commitId: z.string().nullable(),
  url: z.string(),
  extra,
});

export const prReviews = declare({
  name: 'pr-reviews',
  title: 'List the reviews of a pull request',
  description:
    'Lists the reviews of a pull request in the order in which they came. The comments on its lines are in pr-review-threads.',
  input: z.object({ number: pullNumber, ...repository, ...page }),
  output: z.object({ reviews: z.array(reviewShape), nextCursor: next }),
  ...reading,
});

export const prReviewThreads = declare({
  name: 'pr-review-threads',
  title: 'List the review threads of a pull request',
  description:
    'Lists the conversations on lines of a pull request: where they are, what was said, and whether they are resolved or outdated.',
  input: z.object({
    number: pullNumber,
    ...repository,
    unresolvedOnly: z.boolean().default(false).describe('Leave out those that are resolved'),
    limit: page.limit,
    cursor: page.cursor,
  }),
  output: z.object({
    threads: z.array(
      z.object({
        id: z.string(),
        path: z.string(),
        line: z.int().nullable().describe('Null where the line is no longer there'),
        isResolved: z.boolean(),
        isOutdated: z.boolean(),
        comments: z.array(z.object({ user: login, body: z.string(), createdAt: z.string(), url: z.string() })),
        moreComments: z.boolean().describe('There are more than the 50 shown'),
      }),
    ),
    nextCursor: next,
  }),
  ...reading,
});

export const requestReviewers = declare({
  name: 'request-reviewers',
  title: 'Request reviewers',
  description: 'Asks people or teams to review a pull request, beside those who were asked already.',
  slash: 'request-reviewers <number> [reviewers...]',
  input: z.object({
    number: pullNumber,
    ...repository,
    reviewers: z.array(z.string().min(1).max(100)).max(50).default([]).describe('Logins of people'),
    teamReviewers: z.array(z.string().min(1).max(100)).max(50).default([]).describe('Slugs of teams'),
  }),
  output: z.object({ number: z.int(), requestedReviewers: z.array(z.string()), requestedTeams: z.array(z.string()) }),
  ...settling,
});

const lineComment = z.object({
  path: z.string().min(1).describe('File, as in pr-files'),
  line: z.int().min(1).describe('Line in the file; the last one of several'),
  startLine: z.int().min(1).optional().describe('First line, where the comment is about several'),
  side: z.enum(['LEFT', 'RIGHT']).default('RIGHT').describe('LEFT: the file before the change'),
  body: z.string().min(1).max(65_536).describe('What is said, as Markdown'),
});

export const reviewPr = declare({
  name: 'review-pr',
  title: 'Review a pull request',
  description:
    'Reviews a pull request: a text, comments on its lines, and whether changes are requested. To approve use approve-pr.',
  slash: 'review-pr <number> [body...]',
  input: z.object({
    number: pullNumber,
    ...repository,
    event: z.enum(['comment', 'request-changes']).default('comment').describe('What the review asks for'),
    body: z
      .string()
      .min(1)
      .max(65_536)
      .optional()
      .describe('What is said in all, as Markdown; needed unless there are comments'),
    comments: z.array(lineComment).max(100).default([]).describe('Comments on lines'),
    commit: sha.optional().describe('The commit that was looked at; by default the newest'),
  }),
  output: reviewShape,
  ...adding,
});

export const approvePr = declare({
  name: 'approve-pr',
  title: 'Approve a pull request',
  description: 'Approves a pull request as a reviewer. GitHub refuses it for one’s own. It does not merge.',
  slash: 'approve-pr <number> [body...]',
  input: z.object({
    number: pullNumber,
    ...repository,
    body: z.string().max(65_536).optional().describe('What is said with it, as Markdown'),
    commit: sha.optional().describe('The commit that was looked at; by default the newest'),
  }),
  output: reviewShape,
  ...adding,
});
