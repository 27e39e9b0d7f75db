import { OperationError } from '#libs/kit';
import type { UpstreamConnection } from './connection.js';
import type { SharedLine } from './shared-line.js';

/** Callers that are remembered; the first to come goes first, of those that are not connected before others. */
const MAX_CALLERS = 1_000;
const RETRY_AFTER_MS = 1_000;

/** The lines to an upstream that each caller uses with an authorization of its own. */
export class CallerLines {
  private readonly lines = new Map<string, SharedLine>();

  constructor(
    private readonly make: (callerId: string) => SharedLine,
    private readonly onForgotten: (callerId: string) => void,
  ) {}

  of(callerId: string): SharedLine {
    let line = this.lines.get(callerId);
    if (!line) {
      this.makeRoom();
      line = this.make(callerId);
      line.allow();
      this.lines.set(callerId, line);
    }
    return line;
  }

  /** Of anybody; undefined where nobody is connected. */
  get connection(): UpstreamConnection | undefined {
    for (const { connection } of this.lines.values()) if (connection) return connection;
    return undefined;
  }

  connectionOf(callerId: string): UpstreamConnection | undefined {
    return this.lines.get(callerId)?.connection;
  }

  async stop(): Promise<void> {
    const all = [...this.lines];
    this.lines.clear();
    await Promise.all(all.map(([, line]) => line.stop()));
    for (const [callerId] of all) this.onForgotten(callerId);
  }

  /** Throws `limited` where all of them have calls under way. */
  private makeRoom(): void {
    if (this.lines.size < MAX_CALLERS) return;
    const all = [...this.lines];
    const isFree = ([, { isBusy, isOpening }]: [string, SharedLine]) => !isBusy && !isOpening;
    const found = all.find((each) => isFree(each) && !each[1].connection) ?? all.find(isFree);
    if (!found) {
      throw new OperationError('limited', `${MAX_CALLERS} callers use this upstream now; try again soon`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const [callerId, line] = found;
    this.lines.delete(callerId);
    this.onForgotten(callerId);
    void line.stop();
  }
}
