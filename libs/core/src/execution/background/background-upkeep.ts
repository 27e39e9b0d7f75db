import { Injectable, Logger, type OnModuleInit, type OnApplicationShutdown } from '@nestjs/common';
import { Store } from '../../store/store.js';
import { BackgroundRows, type Depth } from './background-rows.js';

const COUNT_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 3_600_000;

/** Counts the queue for the metrics, and deletes calls whose outcome nobody can ask for any more. */
@Injectable()
export class BackgroundUpkeep implements OnModuleInit, OnApplicationShutdown {
  /** As it was counted last. */
  depth: Depth = { waiting: 0, running: 0, oldestSeconds: 0 };
  private readonly logger = new Logger('Background');
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly rows: BackgroundRows,
    private readonly store: Store,
  ) {}

  onModuleInit(): void {
    this.store.onReady(() => this.attempt(() => this.rows.dropExpired()));
    this.timers.push(
      setInterval(() => void this.attempt(() => this.count()), COUNT_EVERY_MS).unref(),
      setInterval(() => void this.attempt(() => this.rows.dropExpired()), SWEEP_EVERY_MS).unref(),
    );
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async count(): Promise<void> {
    this.depth = await this.rows.depth();
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.debug(`Calls in the background are looked after later: ${(error as Error).message}`);
    }
  }
}
