import { z } from 'zod';
import { declare } from '#libs/kit';
import { adding, branch, extra, fields, login, next, page, reading, repository, time } from './fields.js';

const runId = z.int().min(1).describe('Id of the run, as list-runs and its URL tell it');

const workflow = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}$/)
  .describe('File name such as "ci.yml", or id');

export const workflowShape = z.object({
  id: z.int(),
  name: z.string(),
  path: z.string(),
  state: z.string().describe('active, or why it is not'),
  url: z.string(),
  extra,
});

export const runShape = z.object({
  id: z.int(),
  name: z.string().nullish().describe('Of the workflow'),
  displayTitle: z.string(),
  event: z.string(),
  status: z.string().nullable().describe('queued, in_progress, completed, waiting, …'),
  conclusion: z.string().nullable().describe('success, failure, cancelled, …; null until it is completed'),
  headBranch: z.string().nullable(),
  headSha: z.string(),
  runNumber: z.int(),
  runAttempt: z.int().optional(),
  actor: login.optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  url: z.string(),
  extra,
});

export const jobShape = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  startedAt: time,
  completedAt: time,
  failedSteps: z.array(z.string()),
});

export const listWorkflows = declare({
  name: 'list-workflows',
  title: 'List workflows',
  description: 'Lists the GitHub Actions workflows of a repository.',
  slash: 'list-workflows [repo]',
  input: z.object({ ...repository, ...page }),
  output: z.object({ workflows: z.array(workflowShape), nextCursor: next }),
  ...reading,
});

export const listRuns = declare({
  name: 'list-runs',
  title: 'List workflow runs',
  description: 'Lists runs of GitHub Actions, the newest first: of one workflow or all, of a branch, in a state.',
  slash: 'list-runs [workflow]',
  input: z.object({
    workflow: workflow.optional(),
    ...repository,
    branch: branch('Only runs of this branch').optional(),
    event: z.string().max(100).optional().describe('Only runs that this event began, such as "push"'),
    status: z
      .enum(['queued', 'in_progress', 'waiting', 'completed', 'success', 'failure', 'cancelled', 'timed_out'])
      .optional()
      .describe('Only runs in this state, or that ended so'),
    ...page,
  }),
  output: z.object({ runs: z.array(runShape), nextCursor: next }),
  ...reading,
});

export const getRun = declare({
  name: 'get-run',
  title: 'Get a workflow run',
  description: 'Tells how a run of GitHub Actions is doing, with its jobs and the steps that failed.',
  input: z.object({ runId, ...repository, fields }),
  output: runShape.extend({
    jobs: z.array(jobShape),
    moreJobs: z.boolean().describe('There are more than the 100 shown'),
  }),
  ...reading,
});

export const runLogs = declare({
  name: 'run-logs',
  title: 'Read the logs of a workflow run',
  description:
    'Reads the end of the logs of a run: of the jobs that failed, or of all where none has, five at most; or of one job. Time stamps and colours are left out.',
  slash: 'run-logs [runId]',
  input: z.object({
    runId: runId.optional(),
    jobId: z.int().min(1).optional().describe('Only this job, as get-run tells it; then no runId is needed'),
    ...repository,
    tail: z.int().min(1).max(5_000).default(200).describe('Lines of each job, counted from the end'),
  }),
  output: z.object({
    jobs: z.array(
      z.object({
        id: z.int(),
        name: z.string(),
        conclusion: z.string().nullable(),
        log: z.string(),
        more: z.boolean().describe('There is more before this'),
        note: z.string().optional().describe('Why there is no log'),
      }),
    ),
    otherJobs: z.array(z.object({ id: z.int(), name: z.string() })).describe('Jobs whose logs are not shown'),
  }),
  ...reading,
});

export const dispatchWorkflow = declare({
  name: 'dispatch-workflow',
  title: 'Start a workflow',
  description:
    'Starts a workflow that has the trigger workflow_dispatch, and tells the id of the run where GitHub does.',
  slash: 'dispatch-workflow <workflow> [ref]',
  input: z.object({
    workflow,
    ref: branch('Branch or tag to run on; by default the default branch').optional(),
    inputs: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('Values for the inputs that the workflow declares, at most 25'),
    ...repository,
  }),
  output: z.object({
    ref: z.string(),
    runId: z.int().nullable().describe('Null where GitHub does not tell; list-runs shows the run in some seconds'),
    url: z.string().nullable(),
  }),
  ...adding,
});

export const cancelRun = declare({
  name: 'cancel-run',
  title: 'Cancel a workflow run',
  description: 'Cancels a run of GitHub Actions that is under way.',
  input: z.object({ runId, ...repository }),
  output: z.object({ runId: z.int() }),
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
});

export const rerun = declare({
  name: 'rerun',
  title: 'Run a workflow run again',
  description: 'Runs a run of GitHub Actions again: all of it, or only the jobs that failed.',
  input: z.object({
    runId,
    ...repository,
    failedOnly: z.boolean().default(false).describe('Only the jobs that failed, and those that need them'),
  }),
  output: z.object({ runId: z.int() }),
  ...adding,
});
