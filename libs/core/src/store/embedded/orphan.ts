import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { killWithChildren } from '../kill-with-children.js';
import { commandLineOf, isRunning } from '../process-facts.js';

const POLL_MS = 20;
/** How long each signal may take: fast shutdown, then immediate, then the end. */
const LADDER: [NodeJS.Signals, number][] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];
/** No system hands out an id this high (proc(5): pid_max is at most 2^22). */
const NOBODY = 2_147_483_647;

/**
 * Stops the server of this cluster that a killed gateway left behind, as `postmaster.pid` names it. Where the file names one
 * that was ended by force, of which the system may know the id for a while, or another program by now, it is made to name
 * nobody, since PostgreSQL would refuse to start; the rest of it stays, by which PostgreSQL finds orphaned workers.
 */
export async function stopOrphan(cluster: string, ladder = LADDER): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const pid = Number.parseInt(readIfThere(file) ?? '', 10);
  if (!(pid > 0)) return;
  if (isRunning(pid) && isServerOf(cluster, pid)) {
    new Logger('EmbeddedServer').warn(`Stopping PostgreSQL (pid ${pid}), which an earlier gateway left running`);
    if (!(await stop(pid, ladder))) return;
  }
  const left = readIfThere(file);
  if (left !== undefined) writeFileSync(file, left.replace(/^\d+/, String(NOBODY)), { flag: 'r+' });
}

/** Whether it has ended. */
async function stop(pid: number, ladder: typeof LADDER): Promise<boolean> {
  for (const [signal, patienceMs] of ladder) {
    if (await ends(pid, signal, patienceMs)) return true;
  }
  return false;
}

function isServerOf(cluster: string, pid: number): boolean {
  return `${commandLineOf(pid) ?? ''} `.includes(` -D ${cluster} `);
}

async function ends(pid: number, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> {
  try {
    if (signal === 'SIGKILL') killWithChildren(pid);
    else process.kill(pid, signal);
  } catch {
    return !isRunning(pid);
  }
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    if (!isRunning(pid)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
