import { invalidField, OperationError, type InputOf } from '#libs/kit';
import { at } from './answers.js';
import type { Github } from './github.client.js';
import { tailOf } from './log-tail.js';
import type { runLogs } from './operations/actions.js';
import { jobOf, jobsOf, runOf } from './runs.js';

const MOST_JOBS = 5;
const JOB = '/repos/{owner}/{repo}/actions/jobs/{job_id}';

type Job = ReturnType<typeof jobOf>;

/** The logs of a whole run come as a ZIP file; those of a job are text. */
export async function logsOfRun(github: Github, input: InputOf<typeof runLogs>, signal: AbortSignal) {
  const jobs = await jobsMeant(github, input, signal);
  const failed = jobs.filter(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out');
  const shown = (failed.length > 0 ? failed : jobs).slice(0, MOST_JOBS);
  const logs: Awaited<ReturnType<typeof logOf>>[] = [];
  for (const job of shown) logs.push(await logOf(github, job, input, signal));
  const others = jobs.filter((job) => !shown.includes(job));
  return { jobs: logs, otherJobs: others.map(({ id, name }) => ({ id, name })) };
}

async function jobsMeant(github: Github, input: InputOf<typeof runLogs>, signal: AbortSignal): Promise<Job[]> {
  const { runId, jobId } = input;
  if (jobId !== undefined) {
    const { data } = await github.request(`GET ${JOB}`, { ...github.repository(input), job_id: jobId }, signal);
    return [jobOf(data)];
  }
  if (runId === undefined) throw invalidField('runId', 'the id of a run, or a jobId', 'nothing');
  return (await jobsOf(github, runOf(github, { ...input, runId }), signal)).jobs;
}

async function logOf(
  github: Github,
  { id, name, conclusion }: Job,
  input: InputOf<typeof runLogs>,
  signal: AbortSignal,
) {
  try {
    const asked = { ...github.repository(input), job_id: id };
    const stream = await github.streamed(`GET ${JOB}/logs`, asked, signal);
    return { id, name, conclusion, ...(await tailOf(stream, input.tail)) };
  } catch (error) {
    const status = error instanceof OperationError ? at(error.details, 'status') : undefined;
    // a job that still runs has no log yet; one of long ago has none any more
    if (status !== 404 && status !== 410) throw error;
    const note = conclusion === null ? 'The job has no log until it ends' : 'GitHub no longer keeps this log';
    return { id, name, conclusion, log: '', more: false, note };
  }
}
