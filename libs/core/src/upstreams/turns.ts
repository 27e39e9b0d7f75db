import type { CancelSignal } from '#libs/outbound';
import type { AskingTools } from './asking-tools.js';

interface Waiter {
  readonly tool: string | undefined;
  readonly enter: () => void;
}

/**
 * Who may call when, on a connection where a server's questions don't say which call they belong to: calls of tools that
 * ask run one after another, and nobody comes in while it is unclear whose a question is.
 */
export class Turns {
  private readonly line: Waiter[] = [];
  private readonly running = new Set<Waiter>();
  private closed = false;

  constructor(private readonly asking: AskingTools) {}

  asks(tool: string | undefined): boolean {
    return this.asking.takesTurns(tool);
  }

  /** Notes that a tool has asked, and whether it said so on a stream of its call. */
  learn(tool: string | undefined, onOwnStream: boolean): void {
    if (tool !== undefined) this.asking.learn(tool, onOwnStream);
  }

  /** Whether calls that were not begun yet must wait. */
  hold(closed: boolean): void {
    if (this.closed === closed) return;
    this.closed = closed;
    this.admit();
  }

  /** Runs `work` when it is the call's turn. Rejects with the signal's reason where that comes first. */
  async run<T>(tool: string | undefined, signal: CancelSignal, work: () => Promise<T>): Promise<T> {
    const waiter = await this.enter(tool, signal);
    try {
      return await work();
    } finally {
      this.running.delete(waiter);
      this.admit();
    }
  }

  private enter(tool: string | undefined, signal: CancelSignal): Promise<Waiter> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.line.splice(this.line.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        tool,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve(waiter);
        },
      };
      this.line.push(waiter);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      else this.admit();
    });
  }

  private admit(): void {
    for (const waiter of [...this.line]) {
      if (!this.mayEnter(waiter.tool)) continue;
      this.line.splice(this.line.indexOf(waiter), 1);
      this.running.add(waiter);
      waiter.enter();
    }
  }

  private mayEnter(tool: string | undefined): boolean {
    if (this.closed) return false;
    return !this.asks(tool) || ![...this.running].some((other) => this.asks(other.tool));
  }
}
