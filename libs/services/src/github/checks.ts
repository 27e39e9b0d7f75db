import { z } from 'zod';
import type { InputOf } from '#libs/kit';
import { at, listAt, shaped, textAt } from './answers.js';
import type { Github } from './github.client.js';
import type { prChecks } from './operations/pull-requests.js';
import { PULL, pullOf } from './pull-requests.js';

type State = 'success' | 'failure' | 'pending';

interface Check {
  name: string;
  state: State;
  conclusion: string | null;
  title: string | null;
  url: string | null;
}

/** As many as GitHub answers at once. */
const MOST = 100;
const good = new Set(['success', 'neutral', 'skipped']);

const checkRun = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  output: z.object({ title: z.string().nullable() }),
  url: z.string().nullable(),
});
const commitStatus = z.object({
  context: z.string(),
  state: z.string(),
  description: z.string().nullable(),
  targetUrl: z.string().nullable(),
});

/** Checks come from Apps, statuses from older ones; a pull request is good when both are. */
export async function checksOfPull(github: Github, input: InputOf<typeof prChecks>, signal: AbortSignal) {
  const { data: pull } = await github.request(`GET ${PULL}`, pullOf(github, input), signal);
  const sha = textAt(pull, 'head.sha');
  const asked = { ...github.repository(input), ref: sha, per_page: MOST };
  const [{ data: runs }, { data: combined }] = await Promise.all([
    github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', asked, signal),
    github.request('GET /repos/{owner}/{repo}/commits/{ref}/status', asked, signal),
  ]);
  const checks = [...listAt(runs, 'check_runs').map(ofRun), ...listAt(combined, 'statuses').map(ofStatus)];
  const more = [runs, combined].some((each) => Number(at(each, 'total_count')) > MOST);
  return { sha, state: stateOf(checks), checks, more };
}

function ofRun(raw: unknown): Check {
  const { name, status, conclusion, output, url } = shaped(checkRun, raw);
  const ended: State = good.has(conclusion ?? '') ? 'success' : 'failure';
  return { name, state: status === 'completed' ? ended : 'pending', conclusion, title: output.title, url };
}

function ofStatus(raw: unknown): Check {
  const { context, state, description, targetUrl } = shaped(commitStatus, raw);
  const known: State = state === 'success' || state === 'pending' ? state : 'failure';
  return {
    name: context,
    state: known,
    conclusion: known === 'pending' ? null : state,
    title: description,
    url: targetUrl,
  };
}

function stateOf(checks: readonly Check[]): State | 'none' {
  const states = new Set(checks.map(({ state }) => state));
  if (states.has('failure')) return 'failure';
  if (states.has('pending')) return 'pending';
  return states.has('success') ? 'success' : 'none';
}
