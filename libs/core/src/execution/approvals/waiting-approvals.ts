import { Injectable } from '@nestjs/common';
import { ApprovalRows } from './approval-rows.js';

/** How soon a decision that was made at another replica is seen. */
const LOOK_EVERY_MS = 1_000;

/** The calls that wait here for a decision, each until something changes. */
@Injectable()
export class WaitingApprovals {
  private readonly waiting = new Map<string, Set<() => void>>();
  private looking: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly rows: ApprovalRows) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  /** Resolves when an approval may have changed, after `ms`, or when the signal aborts. */
  async change(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const listeners = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, listeners);
    this.looking ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        listeners.delete(end);
        if (listeners.size === 0) this.waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      listeners.add(end);
    });
    if (this.waiting.size > 0) return;
    clearInterval(this.looking);
    this.looking = undefined;
  }

  wake(id: string): void {
    for (const end of [...(this.waiting.get(id) ?? [])]) end();
  }

  /** From now on nobody waits. */
  stop(): void {
    this.stopped = true;
    for (const id of [...this.waiting.keys()]) this.wake(id);
  }

  private async look(): Promise<void> {
    // while the store is away, whoever waits goes on waiting
    const decided = await this.rows.decided([...this.waiting.keys()]).catch(() => []);
    for (const id of decided) this.wake(id);
  }
}
