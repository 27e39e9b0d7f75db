import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Store } from '../store/store.js';
import { ApiKeys } from './api-keys.js';

const WRITE_EVERY_MS = 30_000;
/** What the last writing may take when the gateway stops. */
const LAST_WRITE_MS = 1_000;

/** Keeps the use of keys in the store, all of it in one statement now and then. */
@Injectable()
export class KeyUsage implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(KeyUsage.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly keys: ApiKeys,
    private readonly store: Store,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.race([this.write(), sleep(LAST_WRITE_MS, undefined, { ref: false })]);
  }

  /** Never rejects: what can't be written now is kept for the next time. */
  private async write(): Promise<void> {
    const used = this.keys
      .list()
      .filter(({ fromEnvironment, use }) => !fromEnvironment && use.unwritten > 0)
      .map(({ id, use }) => ({ id, use, uses: use.unwritten, lastAt: new Date(use.lastAt ?? 0) }));
    if (used.length === 0) return;
    for (const { use } of used) use.unwritten = 0;
    try {
      await this.store.run((manager) =>
        manager.query(
          `UPDATE api_keys AS key
              SET use_count = key.use_count + used.uses, last_used_at = greatest(key.last_used_at, used.last_at)
             FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS used (id, uses, last_at)
            WHERE key.id = used.id`,
          [used.map(({ id }) => id), used.map(({ uses }) => uses), used.map(({ lastAt }) => lastAt)],
        ),
      );
    } catch (error) {
      for (const { use, uses } of used) use.unwritten += uses;
      if (error instanceof OperationError) return; // the store is away, and says so itself
      this.logger.warn('The use of API keys could not be written', error instanceof Error ? error.stack : undefined);
    }
  }
}
