import { Injectable } from '@nestjs/common';
import type { OperationError } from '#libs/kit';
import { ReplicaBus, type Topic } from '../../replicas/replica-bus.js';
import { ApprovalRows } from './approval-rows.js';

/** How soon a decision that was made at another replica is seen, and that a call need not wait any longer. */
const LOOK_EVERY_MS = 500;

/** One call that waits. */
interface Waiter {
  wake(): void;
  /** Why it waits no longer, if so. */
  look(): Promise<void>;
}

/** The id of one that has changed. */
const changed: Topic<string> = { name: 'approval changed' };

/** The calls that wait here for a decision, each until something changes. */
@Injectable()
export class WaitingApprovals {
  private readonly waiting = new Map<string, Set<Waiter>>();
  private looking: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly rows: ApprovalRows,
    private readonly bus: ReplicaBus,
  ) {
    bus.on(changed, (id) => this.wakeHere(id));
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  /**
   * Resolves when an approval may have changed, after `ms`, or when the signal aborts. Rejects as soon as `endOf`, which is
   * asked time and again, has a reason to wait no longer.
   */
  async change(
    id: string,
    ms: number,
    signal: AbortSignal,
    endOf: () => Promise<OperationError | undefined>,
  ): Promise<void> {
    if (signal.aborted) return;
    const waiters = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, waiters);
    this.looking ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        waiters.delete(waiter);
        if (waiters.size === 0) this.waiting.delete(id);
        if (this.waiting.size === 0) this.rest();
      };
      const wake = () => {
        stop();
        resolve();
      };
      const look = async () => {
        const end = await endOf();
        if (!end) return;
        stop();
        reject(end);
      };
      const waiter = { wake, look };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      waiters.add(waiter);
    });
  }

  /** To be called when an approval has changed, for those who wait at other replicas too. */
  wake(id: string): void {
    this.bus.publish(changed, id);
    this.wakeHere(id);
  }

  private wakeHere(id: string): void {
    for (const waiter of [...(this.waiting.get(id) ?? [])]) waiter.wake();
  }

  /** From now on nobody waits. */
  stop(): void {
    this.stopped = true;
    for (const id of [...this.waiting.keys()]) this.wakeHere(id);
  }

  private rest(): void {
    clearInterval(this.looking);
    this.looking = undefined;
  }

  private async look(): Promise<void> {
    for (const waiters of this.waiting.values()) for (const waiter of waiters) void waiter.look();
    // while the store is away, whoever waits goes on waiting
    const decided = await this.rows.decided([...this.waiting.keys()]).catch(() => []);
    for (const id of decided) this.wakeHere(id);
  }
}
