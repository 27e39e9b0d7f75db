import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DataDirectory, type LogSettings, type MetricsSettings, type StoreSettings } from '#libs/core';
import { StartError } from '#libs/kit';
import { StopDeadline } from '../stop-deadline.js';
import { SharedStore } from './shared-store.js';
import { Worker } from './worker.js';

/** Each gateway has as long to stop as all of them: one that is there a little later hangs. */
const LATE_MS = 250;

/** Keeps several gateways on this machine that share a port, and all that replicas share. */
export class Supervisor {
  private readonly logger = new Logger('Cluster');
  private readonly workers: Worker[] = [];
  private readonly directory: DataDirectory;
  private readonly store: SharedStore;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly count: number,
    settings: StoreSettings,
    private readonly metrics: MetricsSettings,
    private readonly logs: LogSettings,
  ) {
    this.directory = DataDirectory.of(settings);
    this.store = new SharedStore(this.directory, settings);
  }

  /** Resolves when all listen. Throws a StartError where the first one does not: none of the others would. */
  async start(): Promise<void> {
    const env = await this.store.start();
    // alone, since it makes the tables and the first admin key
    if (!(await this.add(env, 1))) throw new StartError('The first replica did not start.');
    const others = Array.from({ length: this.count - 1 }, (_, i) => this.add(env, i + 2));
    if ((await Promise.all(others)).includes(false)) throw new StartError('Not all replicas did start.');
    this.logger.log(`${this.count} replicas share the port`);
  }

  /** Ends all gateways at once, each in its orderly way, and then what they share; during the start too. Safe to call twice. */
  stop(): Promise<void> {
    this.stopped ??= this.close();
    return this.stopped;
  }

  private async add(env: Record<string, string>, number: number): Promise<boolean> {
    if (this.stopped) return false;
    const { port } = this.metrics;
    const worker = new Worker(number, {
      ...env,
      DATA_DIR: this.directory.path('replicas', String(number)),
      // each counts for itself, and Prometheus adds them up
      METRICS_PORT: String(port === 0 ? 0 : port + number - 1),
      // files are rotated by the process that writes them
      ...(this.logs.directory !== undefined && { MCP_LOG_DIR: join(this.logs.directory, `replica-${number}`) }),
    });
    this.workers.push(worker);
    return worker.start();
  }

  private async close(): Promise<void> {
    const deadline = new StopDeadline();
    const withinMs = deadline.left() + LATE_MS;
    await Promise.all(this.workers.map((worker) => worker.stop(withinMs)));
    await this.store.stop(deadline);
  }
}
