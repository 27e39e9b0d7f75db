import { setTimeout as sleep } from 'node:timers/promises';
import { invalidField, OperationError, type OperationContext } from '#libs/kit';
import { executionSummary, hasEnded, listExecutions, readExecution, statusOf } from './executions.js';
import { outcomeOf } from './execution-data.js';
import type { N8nClient } from './n8n-client.js';
import type { Execution, Workflow } from './n8n-shapes.js';
import { callWebhook } from './webhook-call.js';
import { webhooksOf, type Method, type Webhook } from './webhooks.js';
import { findWorkflow } from './workflows.js';

/** n8n writes an execution down soon after it has taken the call. */
const APPEARS_WITHIN_MS = 5_000;
const FIRST_POLL_MS = 100;
const SLOWEST_POLL_MS = 2_000;
/** Left of the call's time, for the answer. */
const MARGIN_MS = 2_000;
/** Executions that may have come in beside ours. */
const LOOK_AT = 20;

export interface RunRequest {
  workflow: string;
  data?: unknown;
  webhook?: string | undefined;
  method?: Method | undefined;
  wait: boolean;
  headers: Record<string, string>;
}

/** A workflow that n8n has begun to run. */
interface Started {
  workflow: { id: string; name: string };
  webhook: { node: string; path: string; method: Method };
  answer: Awaited<ReturnType<typeof callWebhook>>;
  /** Of the newest execution before. */
  before: number;
  /** Of the one that it is, once that is known. */
  executionId?: string;
}

/**
 * Starts a workflow through its webhook, since n8n's API has no other way in, and tells which execution that was, and with
 * `wait` how it ended. In the background it goes on with a workflow that another gateway has started.
 */
export async function runWorkflow(client: N8nClient, request: RunRequest, context: OperationContext) {
  const run = (context.resumedFrom as Started | undefined) ?? (await start(client, request, context));
  const { before, executionId, ...started } = run;
  let execution =
    executionId === undefined
      ? await findStarted(client, run.workflow.id, before, context)
      : await readExecution(client, executionId, false, context.signal);
  if (execution && request.wait) {
    // others may come in beside it, by which a later look would not find it
    await context.checkpoint?.({ ...run, executionId: execution.id });
    execution = await untilEnded(client, execution, context);
  }
  return {
    ...started,
    execution: execution ? { ...executionSummary(execution), ...outcomeOf(execution) } : null,
    ...(!execution && { note: 'n8n kept no execution of it, or several came in at once; list-executions shows more' }),
  };
}

async function start(client: N8nClient, request: RunRequest, context: OperationContext): Promise<Started> {
  const { signal } = context;
  const workflow = await findWorkflow(client, request.workflow, signal);
  const webhook = webhookFor(workflow, request.webhook);
  const method = methodFor(webhook, request.method);
  if (!workflow.active) {
    throw new OperationError(
      'failed',
      `The workflow ${JSON.stringify(workflow.name)} is not active, so its webhook is closed. Switch it on by activate, then try again.`,
    );
  }
  const before = await newestId(client, workflow.id, signal);
  const { data, headers } = request;
  const timeoutMs = Math.max(1, context.remainingMs - MARGIN_MS);
  const answer = await callWebhook(client, { path: webhook.path, method, data, headers, timeoutMs, signal });
  const started = {
    workflow: { id: workflow.id, name: workflow.name },
    webhook: { node: webhook.node, path: webhook.path, method },
    answer,
    before,
  };
  await context.checkpoint?.(started);
  context.progress(0, undefined, 'n8n has taken the call');
  return started;
}

function webhookFor({ name, nodes }: Workflow, wanted: string | undefined): Webhook {
  const all = webhooksOf({ nodes });
  const open = all.filter(({ enabled, methods, path }) => enabled && methods.length > 0 && path !== '');
  const fitting = open.filter(({ node, path }) => wanted === undefined || node === wanted || path === wanted);
  const [first] = fitting;
  if (!first) throw noWebhook(name, nodes, all, open, wanted);
  if (fitting.length > 1) {
    const paths = fitting.map(({ path }) => JSON.stringify(path)).join(', ');
    throw invalidField('webhook', `one of the paths ${paths}`, `${fitting.length} webhooks to choose from`);
  }
  if (first.path.includes('/:')) {
    throw new OperationError(
      'failed',
      `The webhook’s path ${first.path} has placeholders. Fill them in and call it by trigger-webhook.`,
    );
  }
  return first;
}

function noWebhook(
  name: string,
  nodes: Workflow['nodes'],
  all: readonly Webhook[],
  open: readonly Webhook[],
  wanted: string | undefined,
): OperationError {
  const workflow = `The workflow ${JSON.stringify(name)}`;
  if (wanted !== undefined && open.length > 0) {
    return invalidField(
      'webhook',
      `one of ${open.map(({ path }) => JSON.stringify(path)).join(', ')}`,
      JSON.stringify(wanted),
    );
  }
  if (all.length > 0) {
    return new OperationError(
      'failed',
      `${workflow} has no webhook trigger that is enabled. Enable its Webhook node in n8n.`,
    );
  }
  const triggers = nodes.filter(({ type }) => /trigger/i.test(type)).map((node) => node.name);
  const others =
    triggers.length === 0 ? '' : ` It is started by ${triggers.map((trigger) => JSON.stringify(trigger)).join(', ')}.`;
  return new OperationError(
    'failed',
    `${workflow} has no webhook trigger, and n8n’s API can start no other.${others} Add a Webhook node to it in n8n, then try again.`,
  );
}

function methodFor({ methods, path }: Webhook, wanted: Method | undefined): Method {
  const method = wanted ?? (methods.includes('POST') ? 'POST' : methods[0]);
  if (method !== undefined && methods.includes(method)) return method;
  throw invalidField('method', `${methods.join(' or ')}, which the webhook ${path} takes`, String(wanted));
}

async function newestId(client: N8nClient, workflowId: string, signal: AbortSignal): Promise<number> {
  const { data } = await listExecutions(client, { workflowId, limit: 1 }, signal);
  return Number(data[0]?.id ?? 0);
}

/** The one execution that a webhook started since; undefined where there is none in time, or more than one. */
async function findStarted(
  client: N8nClient,
  workflowId: string,
  after: number,
  { signal, remainingMs }: OperationContext,
): Promise<Execution | undefined> {
  const giveUpAt = Date.now() + Math.min(APPEARS_WITHIN_MS, remainingMs - MARGIN_MS);
  for (let waitMs = FIRST_POLL_MS; ; waitMs *= 2) {
    const { data } = await listExecutions(client, { workflowId, limit: LOOK_AT }, signal);
    const started = data.filter(({ id, mode }) => Number(id) > after && (mode ?? 'webhook') === 'webhook');
    if (started.length > 0) return started.length === 1 ? started[0] : undefined;
    if (Date.now() + waitMs >= giveUpAt) return undefined;
    await sleep(waitMs, undefined, { signal });
  }
}

/** Polls until it has ended, or until the call's time is nearly over; then it answers how far it is. */
async function untilEnded(client: N8nClient, started: Execution, context: OperationContext): Promise<Execution> {
  const { signal } = context;
  let execution = started;
  for (
    let polls = 1, waitMs = FIRST_POLL_MS;
    !hasEnded(execution);
    polls += 1, waitMs = Math.min(waitMs * 2, SLOWEST_POLL_MS)
  ) {
    if (context.remainingMs < waitMs + MARGIN_MS) return execution;
    context.progress(polls, undefined, `The execution ${execution.id} is ${statusOf(execution)}`);
    await sleep(waitMs, undefined, { signal });
    execution = await readExecution(client, execution.id, false, signal);
  }
  return readExecution(client, execution.id, true, signal);
}
