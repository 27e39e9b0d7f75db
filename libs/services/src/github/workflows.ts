import { OperationError, type InputOf } from '#libs/kit';
import { at, shaped } from './answers.js';
import type { Github } from './github.client.js';
import { workflowShape, type dispatchWorkflow, type listWorkflows } from './operations/actions.js';

const WORKFLOWS = '/repos/{owner}/{repo}/actions/workflows';

export async function workflowsOf(github: Github, input: InputOf<typeof listWorkflows>, signal: AbortSignal) {
  const asked = { ...github.repository(input) };
  const options = { path: 'workflows' };
  const { items, nextCursor } = await github.list(`GET ${WORKFLOWS}`, asked, input, signal, options);
  return { workflows: items.map((each) => shaped(workflowShape, each, input.fields)), nextCursor };
}

export async function startWorkflow(github: Github, input: InputOf<typeof dispatchWorkflow>, signal: AbortSignal) {
  const repository = github.repository(input);
  const ref = input.ref ?? (await github.defaultBranch(repository, signal));
  const asked = { ...repository, workflow_id: input.workflow, ref, inputs: input.inputs };
  const { data } = await dispatched(github, asked, signal);
  const [id, url] = [at(data, 'workflow_run_id'), at(data, 'html_url')];
  return { ref, runId: typeof id === 'number' ? id : null, url: typeof url === 'string' ? url : null };
}

/** Older GitHub Enterprise Servers know no run details and refuse the word, before they have done anything. */
async function dispatched(github: Github, asked: Record<string, unknown>, signal: AbortSignal) {
  const route = `POST ${WORKFLOWS}/{workflow_id}/dispatches`;
  try {
    return await github.request(route, { ...asked, return_run_details: true }, signal);
  } catch (error) {
    if (!(error instanceof OperationError) || !error.message.includes('return_run_details')) throw error;
    return github.request(route, asked, signal);
  }
}
