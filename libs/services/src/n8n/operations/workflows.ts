import { z } from 'zod';
import { declare } from '#libs/kit';
import {
  cursor,
  limit,
  nextCursor,
  raw,
  rawAnswer,
  reading,
  webhook,
  workflow,
  workflowDetails,
  workflowSummary,
} from './fields.js';

export const listWorkflows = declare({
  name: 'list-workflows',
  title: 'List workflows',
  description: 'Lists the workflows of n8n: id, name, whether its triggers are on, and tags.',
  slash: 'list-workflows',
  input: z.object({
    active: z.boolean().optional().describe('Only those whose triggers are on, or off'),
    tags: z.array(z.string().min(1).max(100)).max(20).optional().describe('Only those that have all these tags'),
    name: z.string().min(1).max(200).optional().describe('Only those with this name'),
    limit: limit.describe('Workflows on one page'),
    cursor,
  }),
  output: z.object({ workflows: z.array(workflowSummary), nextCursor }),
  ...reading,
});

export const getWorkflow = declare({
  name: 'get-workflow',
  aliases: ['status'],
  title: 'Read a workflow',
  description:
    'Shows one workflow: whether its triggers are on, its nodes, and the webhooks that start it. raw adds the parameters of the nodes.',
  slash: ['get-workflow <workflow>', 'status <workflow>'],
  input: z.object({ workflow, raw }),
  output: workflowDetails.extend({ raw: rawAnswer }),
  ...reading,
});

export const listWebhooks = declare({
  name: 'list-webhooks',
  title: 'List webhooks',
  description:
    'Lists the webhooks that start workflows, as their nodes declare them: path, methods, what credential they ask for. Of one workflow, or of all page by page.',
  slash: 'list-webhooks [workflow]',
  input: z.object({
    workflow: workflow.optional().describe('Only of this workflow, by id or name'),
    limit: limit.describe('Workflows to look into on one page'),
    cursor,
  }),
  output: z.object({
    webhooks: z.array(webhook.extend({ workflowId: z.string(), workflow: z.string(), active: z.boolean() })),
    nextCursor,
  }),
  ...reading,
});

const switching = {
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
} as const;

export const activate = declare({
  name: 'activate',
  title: 'Activate a workflow',
  description: 'Switches the triggers of a workflow on, its webhooks and schedules among them.',
  input: z.object({ workflow }),
  output: workflowSummary,
  ...switching,
});

export const deactivate = declare({
  name: 'deactivate',
  title: 'Deactivate a workflow',
  description: 'Switches the triggers of a workflow off: its webhooks close and its schedules pause.',
  input: z.object({ workflow }),
  output: workflowSummary,
  ...switching,
});

const definition = z.record(z.string(), z.unknown());

export const createWorkflow = declare({
  name: 'create-workflow',
  title: 'Create a workflow',
  description:
    'Creates a workflow from its JSON: name, nodes, connections and settings. It is not active until activate switches it on.',
  slash: 'create-workflow',
  input: z.object({
    workflow: definition.describe(
      'The workflow as n8n exports it: {"name", "nodes", "connections", "settings"}; other members are left out',
    ),
  }),
  output: workflowDetails,
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
});

export const updateWorkflow = declare({
  name: 'update-workflow',
  title: 'Change a workflow',
  description:
    'Changes members of a workflow: name, nodes, connections or settings. Each one that is given takes the place of what was there; the others stay.',
  slash: 'update-workflow <workflow>',
  input: z.object({
    workflow,
    change: definition.describe('The members to change, such as {"name": "…"} or {"nodes": […], "connections": {…}}'),
  }),
  output: workflowDetails,
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
});

export const deleteWorkflow = declare({
  name: 'delete-workflow',
  title: 'Delete a workflow',
  description: 'Deletes a workflow for good.',
  input: z.object({ workflow }),
  output: z.object({ id: z.string(), name: z.string(), deleted: z.boolean() }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
});

export const listTags = declare({
  name: 'list-tags',
  title: 'List tags',
  description: 'Lists the tags that workflows can have.',
  slash: 'list-tags',
  input: z.object({ limit: limit.describe('Tags on one page'), cursor }),
  output: z.object({ tags: z.array(z.object({ id: z.string(), name: z.string() })), nextCursor }),
  ...reading,
});
