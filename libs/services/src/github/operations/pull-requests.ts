import { z } from 'zod';
import { declare } from '#libs/kit';
import {
  adding,
  direction,
  settling,
  branch,
  changing,
  extra,
  fields,
  login,
  next,
  number,
  page,
  reading,
  repository,
  sha,
  time,
} from './fields.js';

const pullNumber = number('pull request');

export const pullSummary = z.object({
  number: z.int(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  user: login,
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
  mergedAt: time,
  url: z.string(),
  extra,
});

export const pullShape = pullSummary.extend({
  body: z.string().nullable(),
  merged: z.boolean(),
  mergeable: z.boolean().nullable().describe('Null while GitHub still works it out; ask again in some seconds'),
  mergeableState: z.string().describe('clean, dirty (conflicts), blocked, behind, unstable, draft or unknown'),
  requestedReviewers: z.array(z.string()).optional(),
  requestedTeams: z.array(z.string()).optional(),
  assignees: z.array(z.string()).nullish(),
  comments: z.int(),
  reviewComments: z.int(),
  commits: z.int(),
  additions: z.int(),
  deletions: z.int(),
  changedFiles: z.int(),
});

export const fileShape = z.object({
  filename: z.string(),
  previousFilename: z.string().optional(),
  status: z.string().describe('added, modified, removed, renamed, …'),
  additions: z.int(),
  deletions: z.int(),
  patch: z.string().optional().describe('Missing for binary files and very large changes'),
  extra,
});

export const listPrs = declare({
  name: 'list-prs',
  title: 'List pull requests',
  description: 'Lists the pull requests of a repository, the newest first; by default those that are open.',
  input: z.object({
    ...repository,
    state: z.enum(['open', 'closed', 'all']).default('open').describe('Which ones; merged ones are closed'),
    base: branch('Only those into this branch').optional(),
    head: z.string().max(300).optional().describe('Only those from this branch; "owner:branch" where it is in a fork'),
    sort: z.enum(['created', 'updated', 'popularity']).default('created').describe('What comes first'),
    direction,
    ...page,
  }),
  output: z.object({ pullRequests: z.array(pullSummary), nextCursor: next }),
  ...reading,
});

export const getPr = declare({
  name: 'get-pr',
  title: 'Get a pull request',
  description:
    'Tells all about one pull request: text, branches, whether it can be merged, who reviews it and how large it is.',
  input: z.object({ number: pullNumber, ...repository, fields }),
  output: pullShape,
  ...reading,
});

export const prFiles = declare({
  name: 'pr-files',
  title: 'List the files of a pull request',
  description: 'Lists the files that a pull request changes, each with its patch. For one text of it all use pr-diff.',
  input: z.object({ number: pullNumber, ...repository, ...page }),
  output: z.object({ files: z.array(fileShape), nextCursor: next }),
  ...reading,
});

export const prDiff = declare({
  name: 'pr-diff',
  title: 'Get the diff of a pull request',
  description:
    'Answers all changes of a pull request as one unified diff. GitHub refuses it for more than 20,000 lines or 300 files; pr-files pages through those.',
  input: z.object({ number: pullNumber, ...repository }),
  output: z.object({ diff: z.string() }),
  ...reading,
});

export const prChecks = declare({
  name: 'pr-checks',
  title: 'Get the checks of a pull request',
  description:
    'Tells whether the newest commit of a pull request is good: its check runs and commit statuses, and one state over all of them. For why a workflow failed hand the run or job id in its URL to run-logs.',
  input: z.object({ number: pullNumber, ...repository }),
  output: z.object({
    sha: z.string(),
    state: z.enum(['success', 'failure', 'pending', 'none']).describe('failure as soon as one has failed'),
    checks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['success', 'failure', 'pending']),
        conclusion: z.string().nullable().describe('In GitHub’s words; null while it runs'),
        title: z.string().nullable(),
        url: z.string().nullable(),
      }),
    ),
    more: z.boolean().describe('There are more than 100 of either kind; the state is of those shown'),
  }),
  ...reading,
});

export const createPr = declare({
  name: 'create-pr',
  title: 'Create a pull request',
  description:
    'Opens a pull request. Without base it goes into the default branch; without head it comes from the branch that was pushed last and has no open pull request.',
  slash: 'create-pr <title> [body]',
  input: z.object({
    title: z.string().min(1).max(256).describe('Title'),
    body: z.string().max(65_536).optional().describe('Description, as Markdown'),
    head: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Branch with the changes; "owner:branch" where it is in a fork'),
    base: branch('Branch that the changes go into; by default the default branch').optional(),
    draft: z.boolean().default(false).describe('Not yet to be merged'),
    ...repository,
  }),
  output: pullShape,
  ...adding,
});

export const updatePr = declare({
  name: 'update-pr',
  title: 'Change a pull request',
  description: 'Changes title, text, base branch or state of a pull request; what is not named stays.',
  input: z.object({
    number: pullNumber,
    ...repository,
    title: z.string().min(1).max(256).optional().describe('New title'),
    body: z.string().max(65_536).optional().describe('New description, as Markdown'),
    base: branch('New branch to merge into').optional(),
    state: z.enum(['open', 'closed']).optional().describe('closed closes it without merging'),
  }),
  output: pullShape,
  ...changing,
});

export const updatePrBranch = declare({
  name: 'update-pr-branch',
  title: 'Bring a pull request up to date',
  description: 'Merges the newest base branch into the branch of a pull request. GitHub does it a little later.',
  input: z.object({
    number: pullNumber,
    ...repository,
    expectedHeadSha: sha.optional().describe('Only if this is still the newest commit of the pull request'),
  }),
  output: z.object({ message: z.string() }),
  ...settling,
});

export const mergePr = declare({
  name: 'merge-pr',
  title: 'Merge a pull request',
  description:
    'Merges a pull request. Name sha to merge just what was looked at: it fails where something was pushed since.',
  input: z.object({
    number: pullNumber,
    ...repository,
    method: z.enum(['merge', 'squash', 'rebase']).default('merge').describe('How'),
    sha: sha.optional().describe('The commit that the head must be at'),
    title: z.string().max(256).optional().describe('First line of the commit’s message'),
    message: z.string().max(65_536).optional().describe('The rest of the commit’s message'),
  }),
  touches: ({ number, owner, repo }) => [
    `The branch that pull request #${number} of ${[owner, repo ?? 'the default repository'].filter(Boolean).join('/')} goes into`,
  ],
  output: z.object({ merged: z.boolean(), sha: z.string().describe('The commit that it became'), message: z.string() }),
  ...changing,
});
