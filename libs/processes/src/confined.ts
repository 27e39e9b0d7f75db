import { lstatSync, readlinkSync } from 'node:fs';
import { limiting, type Limits } from './limits.js';
import type { ProcessCommand } from './process-group.js';
import { apart, type Sandbox } from './sandbox.js';

export interface Confinement {
  readonly sandbox: Sandbox;
  /** Directories that the process may look into, besides the system's programs. */
  readonly reads: readonly string[];
  /** Directories that it may also change, in their order after `reads`: one may be part of another. */
  readonly writes?: readonly string[];
  /** Parts of `writes` that it may only look into all the same. */
  readonly keeps?: readonly string[];
  /** `true` leaves it the network. */
  readonly network?: boolean;
  readonly limits: Limits;
}

/** All of a system that its own programs need to run. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];

/**
 * The command that runs one of the system's own programs where it sees nothing but those and the directories that it is
 * given. Where there is no bubblewrap only what it uses is limited.
 */
export function confined(command: ProcessCommand, confinement: Confinement): ProcessCommand {
  const { sandbox, limits } = confinement;
  const walls = sandbox.bwrap ? [sandbox.bwrap, ...wallsOf(confinement), '--chdir', command.cwd, '--'] : [];
  const words = [...walls, ...limiting(sandbox.prlimit, limits), command.command, ...command.args];
  const [first = command.command, ...rest] = words;
  return { ...command, command: first, args: rest };
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
