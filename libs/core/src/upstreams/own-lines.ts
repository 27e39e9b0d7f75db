import { OperationError } from '#libs/kit';
import { abortable } from './abortable.js';
import type { Params, UpstreamConnection } from './connection.js';
import type { Open } from './openers.js';
import { Turns } from './turns.js';
import { unavailable } from './unavailable.js';

/** At once for one upstream; each may be a process. */
const MAX_LINES = 64;
const IDLE_MS = 90_000;
const RETRY_AFTER_MS = 1_000;

interface OwnLine {
  readonly owner: string;
  readonly connection: Promise<UpstreamConnection>;
  readonly opening: AbortController;
  underWay: number;
  idle: NodeJS.Timeout | undefined;
}

export interface OwnLinesOptions {
  readonly name: string;
  readonly open: Open;
  readonly startTimeoutMs: number;
  /** Tools that are known to ask; added to. */
  readonly asking: Set<string>;
}

/**
 * Connections to one upstream that belong to one client each, since the server asks on them what that client can be asked
 * for. They are opened when they are needed, and end with their owner or when nobody uses them.
 */
export class OwnLines {
  /** The longest unused first. */
  private readonly lines = new Map<string, OwnLine>();

  constructor(private readonly options: OwnLinesOptions) {}

  /** Whether there is a connection for the client, or room for one more. */
  hasRoomFor(owner: string, capabilities: Params): boolean {
    return this.lines.has(keyOf(owner, capabilities)) || this.lines.size < MAX_LINES || this.idleOne() !== undefined;
  }

  /** Uses the connection of a client, opened before where there is none. */
  async use<T>(
    owner: string,
    capabilities: Params,
    signal: AbortSignal,
    work: (connection: UpstreamConnection) => Promise<T>,
  ): Promise<T> {
    const key = keyOf(owner, capabilities);
    const line = this.lines.get(key) ?? this.openLine(key, owner, capabilities);
    this.lines.delete(key);
    this.lines.set(key, line);
    clearTimeout(line.idle);
    line.underWay += 1;
    try {
      return await work(await abortable(line.connection, signal));
    } finally {
      line.underWay -= 1;
      if (line.underWay === 0) line.idle = setTimeout(() => void this.end(key, line), IDLE_MS).unref();
    }
  }

  release(owner: string): void {
    for (const [key, line] of this.lines) if (line.owner === owner) void this.end(key, line);
  }

  async close(): Promise<void> {
    await Promise.all([...this.lines].map(([key, line]) => this.end(key, line)));
  }

  private openLine(key: string, owner: string, capabilities: Params): OwnLine {
    const idle = this.lines.size >= MAX_LINES ? this.idleOne() : undefined;
    if (idle) void this.end(...idle);
    const { name, open, startTimeoutMs, asking } = this.options;
    const opening = new AbortController();
    const timer = setTimeout(() => opening.abort(new Error('it did not answer in time')), startTimeoutMs);
    const connection = open({
      clientCapabilities: capabilities,
      signal: opening.signal,
      era: 'session',
      turns: new Turns(asking),
    }).catch((error: unknown) => {
      throw error instanceof OperationError ? error : unavailable(name, (error as Error).message, RETRY_AFTER_MS);
    });
    const line: OwnLine = { owner, connection, opening, underWay: 0, idle: undefined };
    const forget = () => {
      clearTimeout(timer);
      clearTimeout(line.idle);
      if (this.lines.get(key) === line) this.lines.delete(key);
    };
    connection.then(({ ended }) => {
      clearTimeout(timer);
      void ended.then(forget);
    }, forget);
    return line;
  }

  private idleOne(): [string, OwnLine] | undefined {
    return [...this.lines].find(([, { underWay }]) => underWay === 0);
  }

  private async end(key: string, line: OwnLine): Promise<void> {
    if (this.lines.get(key) === line) this.lines.delete(key);
    clearTimeout(line.idle);
    line.opening.abort(new Error('nobody waits for it any more'));
    const connection = await line.connection.catch(() => undefined);
    await connection?.close();
  }
}

function keyOf(owner: string, capabilities: Params): string {
  return `${owner}\n${JSON.stringify(capabilities)}`;
}
