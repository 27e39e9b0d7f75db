import { z } from 'zod';
import { declare } from '#libs/kit';
import { statuses } from '../executions.js';
import {
  cursor,
  data,
  executionDetails,
  executionSummary,
  headers,
  limit,
  method,
  nextCursor,
  raw,
  rawAnswer,
  reading,
  workflow,
} from './fields.js';

const changing = { readOnly: false, destructive: false, idempotent: false, openWorld: true } as const;

const answer = z.object({
  status: z.int(),
  body: z.unknown().describe('JSON where it is JSON, else text; null where there is none'),
});

export const execute = declare({
  name: 'execute',
  title: 'Run a workflow',
  description:
    'Starts a workflow with data, through its Webhook node, and tells what that answered and which execution it is. With wait it also tells how the execution ended. The workflow must be active.',
  slash: 'execute <workflow>',
  input: z.object({
    workflow,
    data,
    wait: z.boolean().default(false).describe('Wait until the execution has ended, and answer what its last node gave'),
    webhook: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Path or node name of the webhook, where the workflow has several'),
    method: method.optional().describe('Method, where the webhook takes several; POST by default if it does'),
    headers,
  }),
  output: z.object({
    workflow: z.object({ id: z.string(), name: z.string() }),
    webhook: z.object({ node: z.string(), path: z.string(), method }),
    answer: answer.describe('Of the webhook'),
    execution: executionDetails.nullable().describe('Null where it could not be told which one it is'),
    note: z.string().optional(),
  }),
  permission: 'write',
  annotations: changing,
  deadlineMs: 120_000,
});

export const triggerWebhook = declare({
  name: 'trigger-webhook',
  title: 'Call a webhook',
  description:
    'Calls a webhook of n8n by its path and answers what it answers. Use execute to run a workflow by its name.',
  slash: 'trigger-webhook <path>',
  input: z.object({
    path: z.string().min(1).max(500).describe('What comes after /webhook/ in its address, such as "orders/new"'),
    method: method.default('POST').describe('Method'),
    data,
    headers,
    test: z
      .boolean()
      .default(false)
      .describe('Call the test webhook, which listens once while the workflow is open in the editor'),
  }),
  output: answer,
  permission: 'write',
  annotations: changing,
  deadlineMs: 120_000,
});

export const listExecutions = declare({
  name: 'list-executions',
  title: 'List executions',
  description: 'Lists what workflows did, the newest first: when, how long, and how it ended.',
  slash: 'list-executions [workflow]',
  input: z.object({
    workflow: workflow.optional().describe('Only of this workflow, by id or name'),
    status: z.enum(statuses).optional().describe('Only those that are in this state'),
    limit: limit.describe('Executions on one page'),
    cursor,
  }),
  output: z.object({ executions: z.array(executionSummary), nextCursor }),
  ...reading,
});

export const getExecution = declare({
  name: 'get-execution',
  title: 'Read an execution',
  description: 'Shows one execution: its state, where and why it failed, and with includeData what its last node gave.',
  slash: 'get-execution <id>',
  input: z.object({
    id: z.string().min(1).max(64).describe('Id of the execution, as execute and list-executions answer it'),
    includeData: z.boolean().default(false).describe('Answer what its last node gave'),
    raw,
  }),
  output: executionDetails.extend({ raw: rawAnswer }),
  ...reading,
});

export const retryExecution = declare({
  name: 'retry-execution',
  title: 'Retry an execution',
  description:
    'Runs a failed execution once more, from where it failed. One that succeeded can’t be retried; execute starts a new one.',
  slash: 'retry-execution <id>',
  input: z.object({
    id: z.string().min(1).max(64).describe('Id of the execution that failed'),
    loadWorkflow: z.boolean().default(false).describe('With the workflow as it is now, not as it was then'),
  }),
  output: executionSummary,
  permission: 'write',
  annotations: changing,
});

export const deleteExecution = declare({
  name: 'delete-execution',
  title: 'Delete an execution',
  description: 'Deletes what n8n keeps of one execution, its data included.',
  slash: 'delete-execution <id>',
  input: z.object({ id: z.string().min(1).max(64).describe('Id of the execution') }),
  output: z.object({ id: z.string(), deleted: z.boolean() }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
});
