import type { GithubState } from '../github-state.js';
import { notFound, paged, Refusal, type Handlers } from '../handler.js';
import type { Job, RepositoryState, Run } from '../state.js';
import { jobView, runView } from '../views.js';

export const actionHandlers: Handlers = {
  'actions/list-repo-workflows': (call, github) => {
    const repo = github.repository(call.params);
    const workflows = repo.workflows.map(({ id, name, file }) => ({
      id,
      name,
      path: `.github/workflows/${file}`,
      state: 'active',
      html_url: `https://github.example/${repo.fullName}/blob/main/.github/workflows/${file}`,
    }));
    return paged(workflows, call, (page) => ({ total_count: workflows.length, workflows: page }));
  },

  'actions/list-workflow-runs-for-repo': (call, github) => {
    const repo = github.repository(call.params);
    const runs = matching(repo.runs, call.query).map((run) => runView(repo, run));
    return paged(runs, call, (page) => ({ total_count: runs.length, workflow_runs: page }));
  },

  'actions/list-workflow-runs': (call, github) => {
    const repo = github.repository(call.params);
    const { id } = workflowOf(repo, call.params.workflow_id!);
    const runs = matching(repo.runs, call.query).filter(({ workflow }) => workflow === id);
    return paged(
      runs.map((run) => runView(repo, run)),
      call,
      (page) => ({ total_count: runs.length, workflow_runs: page }),
    );
  },

  'actions/get-workflow-run': ({ params }, github) => {
    const { repo, run } = runOf(params, github);
    return { status: 200, body: runView(repo, run) };
  },

  'actions/list-jobs-for-workflow-run': (call, github) => {
    const { run } = runOf(call.params, github);
    const jobs = run.jobs.map((job) => jobView(run, job));
    return paged(jobs, call, (page) => ({ total_count: jobs.length, jobs: page }));
  },

  'actions/get-job-for-workflow-run': ({ params }, github) => {
    const { run, job } = jobOf(params, github);
    return { status: 200, body: jobView(run, job) };
  },

  'actions/download-job-logs-for-workflow-run': ({ params, url }, github) => {
    const { job } = jobOf(params, github);
    if (job.log === undefined) throw job.conclusion === null ? notFound() : new Refusal(410, 'Gone');
    return { status: 302, headers: { location: new URL(`/_logs/${job.id}?sig=s3cret`, github.logStore || url).href } };
  },

  'actions/create-workflow-dispatch': ({ params, body }, github) => {
    const repo = github.repository(params);
    const { id, dispatchable } = workflowOf(repo, params.workflow_id!);
    if (!dispatchable) throw new Refusal(422, "Workflow does not have 'workflow_dispatch' trigger");
    if (!repo.branches.has(body.ref)) throw new Refusal(422, `No ref found for: ${body.ref}`);
    const run = { id: repo.nextId(), workflow: id, event: 'workflow_dispatch', branch: body.ref, status: 'queued' };
    repo.runs.unshift({ ...run, conclusion: null, attempt: 1, jobs: [] });
    if (!body.return_run_details) return { status: 204 };
    const page = `https://github.example/${repo.fullName}/actions/runs/${run.id}`;
    return { status: 200, body: { workflow_run_id: run.id, run_url: page, html_url: page } };
  },

  'actions/cancel-workflow-run': ({ params }, github) => {
    const { run } = runOf(params, github);
    if (run.status === 'completed') throw new Refusal(409, 'Cannot cancel a workflow run that is completed.');
    Object.assign(run, { status: 'completed', conclusion: 'cancelled' });
    return { status: 202, body: {} };
  },

  'actions/re-run-workflow': ({ params }, github) => again(runOf(params, github).run),
  'actions/re-run-workflow-failed-jobs': ({ params }, github) => again(runOf(params, github).run),
};

function again(run: Run) {
  if (run.status !== 'completed') throw new Refusal(403, 'This workflow is already running');
  Object.assign(run, { status: 'queued', conclusion: null, attempt: run.attempt + 1 });
  return { status: 201, body: {} };
}

function matching(runs: readonly Run[], { branch, event, status }: Record<string, string>): Run[] {
  return runs.filter(
    (run) =>
      (branch ?? run.branch) === run.branch &&
      (event ?? run.event) === run.event &&
      (status === undefined || [run.status, run.conclusion].includes(status)),
  );
}

function workflowOf(repo: RepositoryState, name: string) {
  const found = repo.workflows.find(({ id, file }) => name === String(id) || name === file);
  if (!found) throw notFound();
  return found;
}

function runOf(params: Record<string, string>, github: GithubState): { repo: RepositoryState; run: Run } {
  const repo = github.repository(params);
  const run = repo.runs.find(({ id }) => id === Number(params.run_id));
  if (!run) throw notFound();
  return { repo, run };
}

function jobOf(params: Record<string, string>, github: GithubState): { run: Run; job: Job } {
  for (const run of github.repository(params).runs) {
    const job = run.jobs.find(({ id }) => id === Number(params.job_id));
    if (job) return { run, job };
  }
  throw notFound();
}
