import type { InputOf } from '#libs/kit';
import { at, listAt, shaped } from './answers.js';
import type { Github } from './github.client.js';
import { jobShape, runShape, type cancelRun, type getRun, type listRuns, type rerun } from './operations/actions.js';

const ACTIONS = '/repos/{owner}/{repo}/actions';
const RUN = `${ACTIONS}/runs/{run_id}`;

export async function runsOf(github: Github, input: InputOf<typeof listRuns>, signal: AbortSignal) {
  const { workflow, branch, event, status } = input;
  const asked = { ...github.repository(input), workflow_id: workflow, branch, event, status };
  const route = workflow === undefined ? `GET ${ACTIONS}/runs` : `GET ${ACTIONS}/workflows/{workflow_id}/runs`;
  const options = { path: 'workflow_runs' };
  const { items, nextCursor } = await github.list(route, asked, input, signal, options);
  return { runs: items.map((each) => shaped(runShape, each, input.fields)), nextCursor };
}

export async function runWithJobs(github: Github, input: InputOf<typeof getRun>, signal: AbortSignal) {
  const asked = runOf(github, input);
  const [{ data }, { jobs, more }] = await Promise.all([
    github.request(`GET ${RUN}`, asked, signal),
    jobsOf(github, asked, signal),
  ]);
  return { ...shaped(runShape, data, input.fields), jobs, moreJobs: more };
}

export async function cancel(github: Github, input: InputOf<typeof cancelRun>, signal: AbortSignal) {
  await github.request(`POST ${RUN}/cancel`, runOf(github, input), signal);
  return { runId: input.runId };
}

export async function runAgain(github: Github, input: InputOf<typeof rerun>, signal: AbortSignal) {
  const what = input.failedOnly ? 'rerun-failed-jobs' : 'rerun';
  await github.request(`POST ${RUN}/${what}`, runOf(github, input), signal);
  return { runId: input.runId };
}

/** The jobs of a run's newest attempt. */
export async function jobsOf(github: Github, asked: Record<string, unknown>, signal: AbortSignal) {
  const { data } = await github.request(`GET ${RUN}/jobs`, { ...asked, filter: 'latest', per_page: 100 }, signal);
  const jobs = listAt(data, 'jobs').map(jobOf);
  return { jobs, more: Number(at(data, 'total_count')) > jobs.length };
}

export function jobOf(raw: unknown) {
  const steps = listAt({ steps: at(raw, 'steps') ?? [] }, 'steps');
  const failed = steps.filter((step) => at(step, 'conclusion') === 'failure');
  return shaped(jobShape, raw, undefined, { failedSteps: failed.map((step) => at(step, 'name')) });
}

export function runOf(github: Github, input: { runId: number; owner?: string | undefined; repo?: string | undefined }) {
  return { ...github.repository(input), run_id: input.runId };
}
