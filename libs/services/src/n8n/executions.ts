import { invalidField } from '#libs/kit';
import type { N8nClient } from './n8n-client.js';
import { executionShape, listOf, type Execution } from './n8n-shapes.js';

const executionsShape = listOf(executionShape);
const ID = /^[\w-]{1,64}$/;

/** Those by which n8n filters; an execution may also be new, crashed or unknown. */
export const statuses = ['canceled', 'error', 'running', 'success', 'waiting'] as const;

interface ExecutionFilter {
  workflowId?: string | undefined;
  status?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

export function listExecutions(client: N8nClient, filter: ExecutionFilter, signal: AbortSignal) {
  const query = { ...filter, includeData: false };
  return client.ask('executions', executionsShape, { query, what: 'list executions', signal });
}

export function readExecution(
  client: N8nClient,
  id: string,
  includeData: boolean,
  signal: AbortSignal,
): Promise<Execution> {
  const ask = { query: { includeData }, what: `read the execution ${id}`, signal };
  return client.ask(`executions/${checkedId(id)}`, executionShape, ask);
}

export function retryExecution(
  client: N8nClient,
  id: string,
  loadWorkflow: boolean,
  signal: AbortSignal,
): Promise<Execution> {
  const json = { loadWorkflow };
  const what = `retry the execution ${id} (only failed ones can be retried)`;
  return client.ask(`executions/${checkedId(id)}/retry`, executionShape, { method: 'POST', json, what, signal });
}

export function deleteExecution(client: N8nClient, id: string, signal: AbortSignal): Promise<Execution> {
  const ask = { method: 'DELETE', what: `delete the execution ${id}`, idempotent: false, signal } as const;
  return client.ask(`executions/${checkedId(id)}`, executionShape, ask);
}

function checkedId(id: string): string {
  if (!ID.test(id)) throw invalidField('id', 'the id of an execution, as list-executions shows it', JSON.stringify(id));
  return id;
}

/** Whether it will not change any more, or not without somebody's doing. */
export function hasEnded(execution: Execution): boolean {
  return !['new', 'running', 'unknown'].includes(statusOf(execution));
}

export function statusOf({ status, finished, stoppedAt }: Execution): string {
  if (status !== undefined) return status;
  if (finished === true) return 'success';
  return stoppedAt ? 'error' : 'running';
}

/** In a line. */
export function executionSummary(execution: Execution) {
  const { id, workflowId, mode, startedAt, stoppedAt, retryOf } = execution;
  return {
    id,
    workflowId: workflowId ?? null,
    status: statusOf(execution),
    mode,
    startedAt: startedAt ?? null,
    stoppedAt: stoppedAt ?? null,
    durationMs: startedAt && stoppedAt ? Date.parse(stoppedAt) - Date.parse(startedAt) : null,
    ...(retryOf && { retryOf }),
  };
}
