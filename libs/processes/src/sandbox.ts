import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileView, realPath, type FileView } from './file-view.js';
import { findProgram } from './find-program.js';
import { limiting } from './limits.js';
import type { ProcessCommand } from './process-group.js';

const run = promisify(execFile);

const TRIAL_MS = 5_000;
const limits = { memoryBytes: 4 * 1024 ** 3, processes: 2_048 };

/** Keeps a process from all others, and ends it with the gateway. */
export const apart = [
  ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--new-session'],
  ...['--cap-drop', 'ALL'],
];

/** A view of the system's files that holds no sockets of its services, and nothing that could be written to. */
const walls = [
  ['--ro-bind', '/', '/'],
  ['--dev', '/dev'],
  ['--proc', '/proc'],
  ['--tmpfs', '/tmp'],
  ['--tmpfs', '/run'],
  // where systems with systemd say which name server to ask
  ['--ro-bind-try', '/run/systemd/resolve', '/run/systemd/resolve'],
  apart,
].flat();

/** What this system has to shut processes in with. */
export abstract class Sandbox {
  /** Absolute path of bubblewrap, where it works. */
  abstract readonly bwrap: string | undefined;
  /** Absolute path of prlimit. */
  abstract readonly prlimit: string | undefined;
  /** Why processes run without walls; for `/ready` and a warning. */
  abstract readonly problem: string | undefined;
}

interface SandboxOptions {
  readonly sandbox: Sandbox;
  /**
   * Absolute paths of files and directories that the process must not see, such as the data directory. Files may come later,
   * and be replaced.
   */
  readonly hidden: readonly string[];
  /** `false` cuts the network, loopback included. */
  readonly network: boolean;
  /** Directories besides its working directory that it may write to. */
  readonly writable?: readonly string[];
}

/** Tries once whether processes can be shut in: containers and some systems forbid it. */
export async function findSandbox(): Promise<Sandbox> {
  const prlimit = findProgram('prlimit');
  const bwrap = findProgram('bwrap');
  if (!bwrap) return { bwrap: undefined, prlimit, problem: 'bubblewrap (bwrap) is not installed' };
  try {
    await run(bwrap, [...walls, '--', '/bin/true'], { env: {}, timeout: TRIAL_MS });
    return { bwrap, prlimit, problem: undefined };
  } catch {
    return { bwrap: undefined, prlimit, problem: 'bubblewrap (bwrap) is not allowed to make namespaces here' };
  }
}

/**
 * The command that runs a process shut in: it can write to its working directory and to what is `writable`, sees no process
 * but its own and none of what is hidden, and everything that it started ends with it. Where there is no bubblewrap only
 * its memory and number of processes are limited.
 */
export function sandboxed(command: ProcessCommand, options: SandboxOptions): ProcessCommand {
  const { sandbox, hidden, network, writable = [] } = options;
  const { bwrap, prlimit } = sandbox;
  const { walls: files } = fileView({ ...command, hidden, writable });
  const shut = bwrap ? [bwrap, ...walls, ...files, '--chdir', realPath(command.cwd), ...cut(network), '--'] : [];
  const [first, ...rest] = [...shut, ...limiting(prlimit, limits), command.command, ...command.args];
  return { ...command, command: first ?? command.command, args: rest };
}

/** What the process must not outlive the replacement of: it would see what comes instead. See `FileView`. */
export function replaceablePlaces(
  command: ProcessCommand,
  { sandbox, hidden, writable = [] }: SandboxOptions,
): Pick<FileView, 'replaceable' | 'fixed'> {
  if (sandbox.bwrap === undefined) return { replaceable: [], fixed: [] };
  const { replaceable, fixed } = fileView({ ...command, hidden, writable });
  return { replaceable, fixed };
}

/**
 * All variables that a process gets: where programs are, a home and a place for temporary files of its own, and what is
 * given besides. Nothing else of the gateway's own environment, which holds secrets; `system` is what of it
 * processes may know.
 */
export function cleanEnvironment(
  given: Readonly<Record<string, string>>,
  home: string,
  { PATH = '/usr/local/bin:/usr/bin:/bin', LANG = 'C.UTF-8' }: { PATH?: string; LANG?: string } = {},
): Record<string, string> {
  return { PATH, LANG, HOME: home, TMPDIR: '/tmp', ...given };
}

function cut(network: boolean): string[] {
  return network ? [] : ['--unshare-net'];
}
