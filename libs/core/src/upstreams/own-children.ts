import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of `/proc/<pid>/stat`, as far as it matters here. */
interface ProcessFacts {
  readonly parent: number;
  /** The pid of the process that opened the session. Nobody can join a session that others opened. */
  readonly session: number;
  /** In clock ticks since the system started. */
  readonly startedAt: number;
}

const MAX_ANCESTORS = 256;

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
   * `remotePort` is the peer's, `localPort` the gateway's. Reads through the processes of the system, which takes
   * milliseconds: ask once for each connection, while it is open.
   */
  isOurs(remotePort: number, localPort: number): boolean {
    if (!this.mayBeAny) return false;
    try {
      return this.lookUp(remotePort, localPort);
    } catch {
      return true;
    }
  }

  private lookUp(remotePort: number, localPort: number): boolean {
    const sockets = socketsBetween(remotePort, localPort);
    const mine = process.getuid?.() ?? 0;
    // servers run as the gateway does, and only root can become somebody else
    if (mine !== 0 && sockets.length > 0 && sockets.every(({ user }) => user !== mine)) return false;
    const owners = ownersOf(new Set(sockets.map(({ inode }) => `socket:[${inode}]`)));
    return owners.length === 0 || owners.some((pid) => this.isOurProcess(pid));
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

/** Both directions of a connection are sockets of this system; here it is the peer's own. */
function socketsBetween(remotePort: number, localPort: number): { user: number; inode: string }[] {
  const from = portText(remotePort);
  const to = portText(localPort);
  return ['tcp', 'tcp6'].flatMap((table) =>
    linesOf(`/proc/self/net/${table}`)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[1]?.endsWith(from) && columns[2]?.endsWith(to))
      .map((columns) => ({ user: Number(columns[7]), inode: columns[9] ?? '0' }))
      .filter(({ inode }) => inode !== '0'),
  );
}

function ownersOf(links: ReadonlySet<string>): number[] {
  if (links.size === 0) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => holds(pid, links));
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

/** A system without IPv6 has no table for it. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}

function portText(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
