import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tools } from '../mcp-tools/tools.js';

export const revisions = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof revisions)[number];

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** What the official suite found at an address. */
export interface Outcome {
  /** `scenario: check` of everything that succeeded each time it was looked at. */
  readonly passed: readonly string[];
  /** What did not, and why: a scenario that only warns counts as passed with the suite itself. */
  readonly missed: ReadonlyMap<string, string>;
}

/** Scenarios of an extension that the gateway does not offer. */
const TASKS = /^tasks-/;

/** Runs all that a revision requires, and what the suite runs besides without scoring it. */
export async function runSuite({ conformance }: Tools, url: string, revision: Revision): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const run = ['server', '--url', url, '--requirements', revision, '--output-dir', directory];
    const output = await outputOf(conformance.command, [conformance.file, ...run]);
    const scenarios = readdirSync(directory).filter((name) => !TASKS.test(nameOf(name)));
    if (scenarios.length === 0) throw new Error(`The suite found nothing to say of ${url}:\n${output}`);
    return outcomeOf(new Map(scenarios.map((name) => [nameOf(name), checksIn(join(directory, name))])));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The suite ends with 1 where a scenario fails, which its files tell better. */
function outputOf(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

/** `server-<scenario>-<time>` */
function nameOf(directory: string): string {
  return directory.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
}

function checksIn(directory: string): Check[] {
  return JSON.parse(readFileSync(join(directory, 'checks.json'), 'utf8')) as Check[];
}

function outcomeOf(scenarios: Map<string, Check[]>): Outcome {
  const passed = new Set<string>();
  const missed = new Map<string, string>();
  for (const [scenario, checks] of scenarios) {
    for (const { id, status, errorMessage = status } of checks) {
      const name = `${scenario}: ${id}`;
      if (status === 'SUCCESS') passed.add(name);
      else if (status !== 'INFO') missed.set(name, errorMessage);
    }
  }
  for (const name of missed.keys()) passed.delete(name);
  return { passed: [...passed].sort(), missed };
}
