import { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import { abortable } from './abortable.js';
import type { AskingTools } from './asking-tools.js';
import type { Params, UpstreamConnection } from './connection.js';
import type { Open } from './openers.js';
import { Turns } from './turns.js';
import { unavailable } from './unavailable.js';

/** At once for one upstream; each may be a process. */
const MAX_LINES = 64;
/** For one client whose requests stand alone, while its questions are open. */
const MAX_PER_CLIENT = 24;
/** From here on a client has one line: there must be room for others. */
const MANY_LINES = MAX_LINES / 2;
const IDLE_MS = 90_000;
const RETRY_AFTER_MS = 1_000;

/** A client that can be asked, and what it calls. */
export interface LineUse {
  readonly owner: string;
  readonly capabilities: Params;
  /** That no call of this client expects what another one left at the server. */
  readonly standsAlone: boolean;
  /** Whose authorization is used, where each caller has its own. */
  readonly callerId?: string | undefined;
  readonly tool?: string | undefined;
}

interface OwnLine {
  readonly key: string;
  readonly owner: string;
  readonly connection: Promise<UpstreamConnection>;
  readonly opening: AbortController;
  readonly underWay: Set<LineUse>;
  idle: NodeJS.Timeout | undefined;
}

export interface OwnLinesOptions {
  readonly name: string;
  readonly open: Open;
  readonly startTimeoutMs: number;
  readonly asking: AskingTools;
}

/**
 * Connections to one upstream that belong to one client each, since the server asks on them what that client can be asked
 * for. They are opened when they are needed, and end with their owner or when nobody uses them.
 */
export class OwnLines {
  /** The longest unused first. */
  private readonly lines = new Set<OwnLine>();

  constructor(private readonly options: OwnLinesOptions) {}

  /** Whether there is a connection for the client, or room for one more. */
  hasRoomFor(owner: string, capabilities: Params): boolean {
    return (
      this.lines.size < MAX_LINES || this.of(keyOf(owner, capabilities)).length > 0 || this.idleOne() !== undefined
    );
  }

  /** Uses a connection of the client, opened before where there is none. */
  async use<T>(use: LineUse, signal: CancelSignal, work: (connection: UpstreamConnection) => Promise<T>): Promise<T> {
    const line = this.lineFor(use);
    this.lines.delete(line);
    this.lines.add(line);
    clearTimeout(line.idle);
    line.underWay.add(use);
    try {
      return await work(await abortable(line.connection, signal));
    } finally {
      line.underWay.delete(use);
      if (line.underWay.size === 0) line.idle = setTimeout(() => void this.end(line), IDLE_MS).unref();
    }
  }

  release(owner: string): void {
    for (const line of this.lines) if (line.owner === owner) void this.end(line);
  }

  async close(): Promise<void> {
    await Promise.all([...this.lines].map((line) => this.end(line)));
  }

  /**
   * A session has one line, on which calls that ask take turns. Requests that stand alone leave a line to a call that asks,
   * since its client may take its time to answer, or never come back.
   */
  private lineFor(use: LineUse): OwnLine {
    const key = keyOf(use.owner, use.capabilities);
    const mine = this.of(key);
    const { asking } = this.options;
    const isFree = ({ underWay }: OwnLine) =>
      asking.takesTurns(use.tool) ? underWay.size === 0 : ![...underWay].some(({ tool }) => asking.takesTurns(tool));
    const free = use.standsAlone ? mine.find(isFree) : mine[0];
    if (free) return free;
    const [leastUsed] = mine.sort((a, b) => a.underWay.size - b.underWay.size);
    const mayHaveMore = mine.length < MAX_PER_CLIENT && this.lines.size < MANY_LINES;
    return leastUsed && !mayHaveMore ? leastUsed : this.openLine(key, use);
  }

  private of(key: string): OwnLine[] {
    return [...this.lines].filter((line) => line.key === key);
  }

  private openLine(key: string, { owner, capabilities, callerId }: LineUse): OwnLine {
    const idle = this.lines.size >= MAX_LINES ? this.idleOne() : undefined;
    if (idle) void this.end(idle);
    const { name, open, startTimeoutMs, asking } = this.options;
    const opening = new AbortController();
    const timer = setTimeout(() => opening.abort(new Error('it did not answer in time')), startTimeoutMs);
    const connection = open({
      clientCapabilities: capabilities,
      signal: opening.signal,
      era: 'session',
      turns: new Turns(asking),
      callerId,
    }).catch((error: unknown) => {
      throw error instanceof OperationError ? error : unavailable(name, (error as Error).message, RETRY_AFTER_MS);
    });
    const line: OwnLine = { key, owner, connection, opening, underWay: new Set(), idle: undefined };
    const forget = () => {
      clearTimeout(timer);
      clearTimeout(line.idle);
      this.lines.delete(line);
    };
    connection.then(({ ended }) => {
      clearTimeout(timer);
      void ended.then(forget);
    }, forget);
    return line;
  }

  private idleOne(): OwnLine | undefined {
    return [...this.lines].find(({ underWay }) => underWay.size === 0);
  }

  private async end(line: OwnLine): Promise<void> {
    this.lines.delete(line);
    clearTimeout(line.idle);
    line.opening.abort(new Error('nobody waits for it any more'));
    const connection = await line.connection.catch(() => undefined);
    await connection?.close();
  }
}

function keyOf(owner: string, capabilities: Params): string {
  return `${owner}\n${JSON.stringify(capabilities)}`;
}
