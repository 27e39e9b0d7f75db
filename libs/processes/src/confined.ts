import { lstatSync, readlinkSync } from 'node:fs';
import { limiting, type Limits } from './limits.js';
import { FIRST_DESCRIPTOR, type ProcessCommand } from './process-group.js';
import type { ProgramRun } from './run-program.js';
import { apart, type Sandbox } from './sandbox.js';

/** A directory that the gateway holds by a descriptor, with the name that it had then. */
export interface HeldDirectory {
  readonly realPath: string;
  readonly descriptor: number;
}

export interface Confinement {
  readonly sandbox: Sandbox;
  /** Directories that the process may look into, besides the system's programs. */
  readonly reads: readonly string[];
  /** Directories that it may also change, in their order after `reads`: one may be part of another. */
  readonly writes?: readonly string[];
  /** Parts of `writes` that it may only look into all the same. */
  readonly keeps?: readonly string[];
  /**
   * Directories by whose names the process must find these very ones, or it is not started: names are all that bubblewrap
   * takes, and others may give a name to something else meanwhile.
   */
  readonly holds?: readonly HeldDirectory[];
  /** `true` leaves it the network. */
  readonly network?: boolean;
  readonly limits: Limits;
}

/** All of a system that its own programs need to run. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];

/**
 * The command that runs one of the system's own programs where it sees nothing but those and the directories that it is
 * given. Where there is no bubblewrap only what it uses is limited, and only its working directory is surely the one that
 * is held.
 */
export function confined(command: ProcessCommand, confinement: Confinement): ProcessCommand {
  const { sandbox, limits, holds = [] } = confinement;
  const limited = [...limiting(sandbox.prlimit, limits), command.command, ...command.args];
  if (!sandbox.bwrap) {
    const [first = command.command, ...rest] = limited;
    const held = holds.find(({ realPath }) => realPath === command.cwd);
    return { ...command, command: first, args: rest, cwd: held ? descriptorPath(held.descriptor) : command.cwd };
  }
  return {
    ...command,
    command: sandbox.bwrap,
    args: [...wallsOf(confinement), '--chdir', command.cwd, '--', ...proving(holds, command.cwd), ...limited],
    cwd: '/',
    descriptors: holds.map(({ descriptor }) => descriptor),
  };
}

/** Whether it is the walls that could not be put up, and the program was not started. */
export function wallsFailed({ exitCode, errors }: ProgramRun): boolean {
  return exitCode === 1 && errors.toString('latin1', 0, WALLS.length) === WALLS;
}

/** How bubblewrap begins what it says of itself; of programs each begins with its own name. */
const WALLS = 'bwrap: ';

/** Words before a command that start it only where names lead to what is held. It gets none of the descriptors. */
function proving(holds: readonly HeldDirectory[], cwd: string): string[] {
  if (holds.length === 0) return [];
  const descriptors = holds.map((_, at) => FIRST_DESCRIPTOR + at);
  const same = descriptors.map((number, at) => `[ "$${at + 1}" -ef ${descriptorPath(number)} ]`).join(' && ');
  const closed = descriptors.map((number) => `${number}<&-`).join(' ');
  const script = `${same} || { echo '${WALLS}a directory was moved' >&2; exit 1; }; shift ${holds.length}; exec "$@" ${closed}`;
  return ['/bin/sh', '-c', script, 'sh', ...holds.map(({ realPath }) => (realPath === cwd ? '.' : realPath))];
}

function descriptorPath(number: number): string {
  return `/proc/self/fd/${number}`;
}

function wallsOf({ reads, writes = [], keeps = [], network = false }: Confinement): string[] {
  return [
    ...system.flatMap(shown),
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...reads.flatMap((path) => ['--ro-bind', path, path]),
    ...writes.flatMap((path) => ['--bind', path, path]),
    ...keeps.flatMap((path) => ['--ro-bind', path, path]),
    ...['--remount-ro', '/'],
    ...apart,
    ...(network ? [] : ['--unshare-net']),
  ];
}

/** Systems that merged /bin into /usr/bin have links in its place. */
function shown(path: string): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  return stats.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
