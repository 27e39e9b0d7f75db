import cluster, { type Worker as Forked } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { killWithChildren } from '#libs/core';

const FIRST_RESTART_MS = 200;
const SLOWEST_RESTART_MS = 10_000;
/** A gateway that lived for longer than this is started again soon. */
const STEADY_MS = 10_000;

/** One gateway of the cluster, which is started again whenever it ends by itself. */
export class Worker {
  private readonly logger = new Logger('Cluster');
  private readonly stopping = new AbortController();
  private process: Forked | undefined;
  private watching: Promise<void> | undefined;

  constructor(
    readonly number: number,
    private readonly env: Record<string, string>,
  ) {}

  /** Resolves with whether it listens; false where it ended before, and has said why. */
  async start(): Promise<boolean> {
    const process = this.fork();
    const ended = endOf(process);
    const listening = new Promise<true>((resolve) => process.once('listening', () => resolve(true)));
    const listens = await Promise.race([listening, ended.then(() => false)]);
    if (listens) this.watching = this.watch(ended);
    return listens;
  }

  /** Lets its calls in flight end; resolves when the process is gone, which is ended by force where it takes longer. */
  async stop(withinMs: number): Promise<void> {
    this.stopping.abort();
    const { process } = this;
    if (process && !process.isDead()) {
      const ended = endOf(process);
      // not the worker's own `kill`, which cuts it off from the port before its clients know
      process.process.kill('SIGTERM');
      const late = setTimeout(() => {
        this.logger.warn(`Replica ${this.number} does not end; it is ended by force`);
        killWithChildren(process.process.pid);
      }, withinMs);
      await ended;
      clearTimeout(late);
    }
    await this.watching;
  }

  private fork(): Forked {
    this.process = cluster.fork(this.env);
    return this.process;
  }

  private async watch(first: Promise<string>): Promise<void> {
    let delayMs = FIRST_RESTART_MS;
    for (let ended = first; ; ended = endOf(this.fork())) {
      const startedAt = performance.now();
      const how = await ended;
      if (this.stopping.signal.aborted) return;
      if (performance.now() - startedAt > STEADY_MS) delayMs = FIRST_RESTART_MS;
      this.logger.warn(`Replica ${this.number} ended by itself (${how}); starting it again in ${delayMs} ms`);
      await sleep(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, SLOWEST_RESTART_MS);
      if (this.stopping.signal.aborted) return;
    }
  }
}

/** Never rejects. */
function endOf(worker: Forked): Promise<string> {
  return new Promise((resolve) => {
    worker.once('error', (error) => resolve(error.message));
    worker.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
