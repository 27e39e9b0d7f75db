import { z } from 'zod';
import { methods } from '../webhooks.js';

export const reading = {
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: true },
} as const;

export const workflow = z.string().min(1).max(200).describe('Id or name of a workflow, as list-workflows shows them');

export const limit = z.int().min(1).max(250).default(50);
export const cursor = z.string().min(1).max(1_000).optional().describe('nextCursor of the page before');
export const nextCursor = z.string().nullable().describe('Where the next page begins; null after the last one');

export const raw = z.boolean().default(false).describe('Answer all that n8n tells, under raw');
export const rawAnswer = z.unknown().optional().describe('All that n8n tells');

export const method = z.enum(methods);

export const data = z
  .unknown()
  .optional()
  .describe(
    'What to send: JSON for the body, or members for the query of GET. A value that is no object goes as its member data',
  );

export const headers = z
  .record(z.string(), z.string())
  .optional()
  .describe(
    'Headers to send, such as {"authorization": "Bearer …"} where the webhook asks for a credential that the operator has not set',
  );

export const webhook = z.object({
  node: z.string(),
  path: z.string(),
  methods: z.array(method),
  authentication: z.string().describe('none, basicAuth, headerAuth or jwtAuth'),
  responds: z.string().describe('When it answers: onReceived, lastNode, responseNode or streaming'),
  enabled: z.boolean(),
});

export const workflowSummary = z.object({
  id: z.string(),
  name: z.string(),
  active: z.boolean(),
  archived: z.boolean().optional(),
  tags: z.array(z.string()),
  updatedAt: z.string().optional(),
});

export const workflowDetails = workflowSummary.extend({
  createdAt: z.string().optional(),
  nodes: z.array(z.object({ name: z.string(), type: z.string(), disabled: z.boolean().optional() })),
  webhooks: z.array(webhook).describe('How it can be started from outside'),
});

export const executionSummary = z.object({
  id: z.string(),
  workflowId: z.string().nullable(),
  status: z.string().describe('canceled, crashed, error, new, running, success, unknown or waiting'),
  mode: z.string().optional(),
  startedAt: z.string().nullable(),
  stoppedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  retryOf: z.string().optional(),
});

export const executionDetails = executionSummary.extend({
  lastNode: z.string().optional().describe('The node that ran last'),
  error: z
    .object({ node: z.string().optional(), message: z.string(), description: z.string().optional() })
    .optional()
    .describe('Why it failed, and in which node'),
  output: z.array(z.unknown()).optional().describe('What the last node gave, one entry for each item'),
});
