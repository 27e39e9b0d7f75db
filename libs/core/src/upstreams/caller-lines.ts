import type { UpstreamConnection } from './connection.js';
import type { SharedLine } from './shared-line.js';

/** Callers that are remembered; of those that are not connected the first to come goes first. */
const MAX_CALLERS = 1_000;

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
      line = this.make(callerId);
      line.allow();
      this.lines.set(callerId, line);
      this.forgetOne();
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

  private forgetOne(): void {
    if (this.lines.size <= MAX_CALLERS) return;
    for (const [callerId, line] of this.lines) {
      if (line.connection || line.isOpening) continue;
      this.lines.delete(callerId);
      this.onForgotten(callerId);
      void line.stop();
      return;
    }
  }
}
