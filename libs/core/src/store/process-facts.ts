import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs under this id; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return procStat(pid)?.[0] !== 'Z';
}

/** When a process started, in clock ticks since boot: tells it from a later one with the same id. Linux only. */
export function startTimeOf(pid: number): string | undefined {
  return procStat(pid)?.[19];
}

/** The processes that any thread of one has started and that run. Linux only, elsewhere empty. */
export function childrenOf(pid: number): number[] {
  const threads = `/proc/${pid}/task`;
  try {
    return readdirSync(threads).flatMap((thread) => idsIn(`${threads}/${thread}/children`));
  } catch {
    return [];
  }
}

function idsIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // the thread has ended meanwhile
    return [];
  }
}

/** The command line of a process; undefined when it has none or can't be read. */
export function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The fields of proc_pid_stat(5) from the state (field 3) on; the name before it may hold blanks and parentheses. */
function procStat(pid: number): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
