import { invalidField, OperationError } from '#libs/kit';
import type { N8nClient } from './n8n-client.js';
import { listOf, tagShape, workflowShape, type Workflow } from './n8n-shapes.js';
import { webhooksOf } from './webhooks.js';

const ID = /^[\w-]{1,64}$/;
/** As many as n8n gives on a page. */
const PAGE = 250;
/** Pages that are searched for a name. */
const MAX_PAGES = 8;

/** Members of a workflow's settings that the API takes; one that has any other is refused. */
const openSettings = new Set(
  (
    'saveExecutionProgress saveManualExecutions saveDataErrorExecution saveDataSuccessExecution executionTimeout ' +
    'errorWorkflow timezone executionOrder callerPolicy callerIds timeSavedPerExecution availableInMCP'
  ).split(' '),
);

const workflowsShape = listOf(workflowShape);
const tagsShape = listOf(tagShape);

export interface WorkflowFilter {
  active?: boolean | undefined;
  tags?: string[] | undefined;
  name?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

export function listWorkflows(client: N8nClient, filter: WorkflowFilter, signal: AbortSignal) {
  const { active, tags, name, limit, cursor } = filter;
  const query = { active, tags: tags?.join(','), name, limit, cursor, excludePinnedData: true };
  return client.ask('workflows', workflowsShape, { query, what: 'list workflows', signal });
}

/** The workflow with this id, else the one with this name. Throws `unknown` where there is none, `invalid` where several. */
export async function findWorkflow(client: N8nClient, wanted: string, signal: AbortSignal): Promise<Workflow> {
  const byId = ID.test(wanted)
    ? await client.find(`workflows/${wanted}`, workflowShape, { what: 'read the workflow', signal })
    : undefined;
  if (byId) return byId;
  const named = await namedWorkflows(client, wanted, signal);
  const [found, other] = named;
  if (!found) {
    throw new OperationError(
      'unknown',
      `n8n has no workflow with the id or name ${JSON.stringify(wanted)}. list-workflows shows them.`,
    );
  }
  if (other) {
    const ids = named.map(({ id }) => id).join(', ');
    throw invalidField('workflow', `one of the ids ${ids}`, `the name of ${named.length} workflows`);
  }
  return found;
}

async function namedWorkflows(client: N8nClient, name: string, signal: AbortSignal): Promise<Workflow[]> {
  const named: Workflow[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { data, nextCursor } = await listWorkflows(client, { name, limit: PAGE, cursor }, signal);
    named.push(...data.filter((workflow) => workflow.name === name));
    if (nextCursor === null || nextCursor === undefined) break;
    cursor = nextCursor;
  }
  return named;
}

/** Switches a workflow's triggers on or off. */
export async function setActive(
  client: N8nClient,
  wanted: string,
  active: boolean,
  signal: AbortSignal,
): Promise<Workflow> {
  const { id } = await findWorkflow(client, wanted, signal);
  const verb = active ? 'activate' : 'deactivate';
  const ask = { method: 'POST', what: `${verb} the workflow`, idempotent: true, signal } as const;
  return client.ask(`workflows/${id}/${verb}`, workflowShape, ask);
}

export function createWorkflow(client: N8nClient, workflow: Record<string, unknown>, signal: AbortSignal) {
  const json = { connections: {}, settings: {}, ...writable(workflow) };
  return client.ask('workflows', workflowShape, { method: 'POST', json, what: 'create the workflow', signal });
}

/** Changes the given members; n8n itself wants all of them. */
export async function updateWorkflow(
  client: N8nClient,
  wanted: string,
  change: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Workflow> {
  const before = await findWorkflow(client, wanted, signal);
  const { name, nodes, connections } = before;
  const json = { name, nodes, connections, settings: takenSettings(before), ...writable(change) };
  return client.ask(`workflows/${before.id}`, workflowShape, {
    method: 'PUT',
    json,
    what: 'change the workflow',
    signal,
  });
}

export async function deleteWorkflow(client: N8nClient, wanted: string, signal: AbortSignal): Promise<Workflow> {
  const { id } = await findWorkflow(client, wanted, signal);
  // a repeated DELETE would be told that it is not there
  const ask = { method: 'DELETE', what: 'delete the workflow', idempotent: false, signal } as const;
  return client.ask(`workflows/${id}`, workflowShape, ask);
}

export function listTags(client: N8nClient, limit: number, cursor: string | undefined, signal: AbortSignal) {
  return client.ask('tags', tagsShape, { query: { limit, cursor }, what: 'list tags', signal });
}

/** The members that n8n takes; it refuses a workflow that has any other, such as those of its own answers. */
function writable(workflow: Record<string, unknown>): Record<string, unknown> {
  const { name, nodes, connections, settings, staticData } = workflow;
  const members = { name, nodes, connections, settings, staticData };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}

/** Of the settings that are there, those that the API takes back; n8n keeps the others, which only its editor sets. */
function takenSettings({ settings }: Workflow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([name]) => openSettings.has(name)));
}

/** In a line. */
export function workflowSummary({ id, name, active, isArchived, tags = [], updatedAt }: Workflow) {
  return {
    id,
    name,
    active,
    ...(isArchived === true && { archived: true }),
    tags: tags.map((tag) => tag.name),
    updatedAt,
  };
}

/** With its nodes and the ways to start it, but without the nodes' parameters. */
export function workflowDetails(workflow: Workflow) {
  return {
    ...workflowSummary(workflow),
    createdAt: workflow.createdAt,
    nodes: workflow.nodes.map(({ name, type, disabled }) => ({ name, type, ...(disabled === true && { disabled }) })),
    webhooks: webhooksOf(workflow),
  };
}
