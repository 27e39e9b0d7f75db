import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { childrenOf } from '../store/process-facts.js';
import { peerSockets, type Connection } from './peer-sockets.js';

/** Of `/proc/<pid>/stat`, as far as it matters here. */
interface ProcessFacts {
  readonly parent: number;
  /** The pid of the process that opened the session. Nobody can join a session that others opened. */
  readonly session: number;
  /** In clock ticks since the system started. */
  readonly startedAt: number;
}

const MAX_ANCESTORS = 256;
const MAX_FAMILY = 4_096;
/** Processes that are looked at before all others. */
const MAX_FAMILIAR = 64;

/**
 * Tells whether somebody who connects over loopback is a server that the gateway itself started, or anything that such a
 * server started in turn: it must not pass for a person at this machine. In doubt it is one.
 *
 * A connection is looked up among the sockets of the system, and its owner among the processes. Every server opens a
 * session of its own, so whoever is in a session that is older than the first server is none of ours. Without `/proc`
 * nothing can be told, and every peer counts as ours.
 */
export class OwnChildren {
  private readonly children = new Set<number>();
  /** The start of the first; whatever is older can't have been started by any. */
  private firstStartedAt = Infinity;
  /** One that was not shut in may have left something behind that goes on when it has ended. */
  private mayHaveEscaped = false;
  /** Processes of others that have connected before, the last one first: they are likely to come again. */
  private familiar: number[] = [];

  /** Whether there is any, or may be one that has been left behind. */
  get mayBeAny(): boolean {
    return this.children.size > 0 || this.mayHaveEscaped;
  }

  add(pid: number, { sandboxed = false } = {}): void {
    this.children.add(pid);
    this.mayHaveEscaped ||= !sandboxed;
    this.firstStartedAt = Math.min(this.firstStartedAt, factsOf(pid)?.startedAt ?? 0);
  }

  remove(pid: number): void {
    this.children.delete(pid);
  }

  /**
   * Looks at processes until one is found that holds the connection,
   * which takes milliseconds, for a process that was never seen before tens of them: ask once for each connection, while it
   * is open.
   */
  isOurs(connection: Connection): boolean {
    if (!this.mayBeAny) return false;
    try {
      return this.lookUp(connection);
    } catch {
      return true;
    }
  }

  private lookUp(connection: Connection): boolean {
    const sockets = peerSockets(connection);
    const mine = process.getuid?.() ?? 0;
    // servers run as the gateway does, and only root can become somebody else
    if (mine !== 0 && sockets.length > 0 && sockets.every(({ user }) => user !== mine)) return false;
    const links = new Set(sockets.map(({ link }) => link));
    if (links.size === 0 || this.family().some((pid) => holds(pid, links))) return true;
    const owner = this.familiar.find((pid) => holds(pid, links)) ?? newestFirst().find((pid) => holds(pid, links));
    if (owner === undefined || this.isOurProcess(owner)) return true;
    this.familiar = [owner, ...this.familiar.filter((pid) => pid !== owner)].slice(0, MAX_FAMILIAR);
    return false;
  }

  /** The servers with all that they have started and that is still theirs. */
  private family(): number[] {
    const family = [...this.children];
    for (const pid of family) {
      if (family.length < MAX_FAMILY) family.push(...childrenOf(pid));
    }
    return family;
  }

  private isOurProcess(pid: number): boolean {
    const facts = factsOf(pid);
    if (!facts || this.children.has(facts.session)) return true;
    const ours = factsOf(process.pid);
    const leader = factsOf(facts.session);
    // 0 is a session that was opened outside this pid namespace, where none of our servers opens one
    if (facts.session === 0 || facts.session === ours?.session) return pid === process.pid;
    if (leader && leader.startedAt < this.firstStartedAt) return false;
    return this.mayDescendFromUs(pid);
  }

  /** Walks up to the first process of the system. An orphan's parent is one of the gateway's own ancestors. */
  private mayDescendFromUs(pid: number): boolean {
    const adopters = new Set([0, 1, ...ancestorsOf(process.pid)]);
    let current = pid;
    for (let step = 0; step < MAX_ANCESTORS; step += 1) {
      if (current === process.pid || this.children.has(current)) return true;
      const facts = factsOf(current);
      if (!facts) return true;
      if (facts.startedAt < this.firstStartedAt) return false;
      if (adopters.has(facts.parent)) return true;
      current = facts.parent;
    }
    return true;
  }
}

/** Whoever connects for the first time has often just been started. */
function newestFirst(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

function holds(pid: number, links: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  return entriesOf(directory).some((fd) => {
    try {
      return links.has(readlinkSync(`${directory}/${fd}`));
    } catch {
      return false;
    }
  });
}

function ancestorsOf(pid: number): number[] {
  const ancestors: number[] = [];
  let parent = factsOf(pid)?.parent ?? 0;
  while (parent > 0 && ancestors.length < MAX_ANCESTORS) {
    ancestors.push(parent);
    parent = factsOf(parent)?.parent ?? 0;
  }
  return ancestors;
}

/** Undefined where there is no such process. */
function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name before may hold blanks and brackets
    const columns = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(columns[1]), session: Number(columns[3]), startedAt: Number(columns[19]) };
  } catch {
    return undefined;
  }
}

/** Processes end while they are looked at, and those of others can't be looked into. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
