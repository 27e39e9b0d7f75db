import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Store } from '../../../store/store.js';
import { AuditTrail } from '../../audit/audit-trail.js';
import { PointRollUp } from './point-roll-up.js';
import { PointRows } from './point-rows.js';
import type { MinutePart } from './timed-point.js';

/** A day of minutes; of a longer outage the oldest are lost. */
const MAX_WAITING = 1_440;

/** Brings minutes into the store; while that is away they wait in memory. */
@Injectable()
export class PointWriter {
  private readonly logger = new Logger('Metrics');
  private readonly queue: MinutePart[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly rows: PointRows,
    private readonly rollUp: PointRollUp,
    private readonly audit: AuditTrail,
    store: Store,
  ) {
    // the store counts as ready after its listeners
    store.onReady(() => {
      setImmediate(() => void this.flush());
    });
  }

  get waiting(): readonly MinutePart[] {
    return this.queue;
  }

  write(part: MinutePart): void {
    this.queue.push(part);
    if (this.queue.length > MAX_WAITING) this.queue.shift();
    void this.flush();
  }

  /** Waits until everything is written, at most `ms`. */
  async finish(ms: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.flush(), sleep(ms, undefined, { signal: over.signal })]);
    over.abort();
  }

  private flush(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    try {
      for (let [next] = this.queue; next; [next] = this.queue) {
        await this.rows.add(this.audit.head.replica, next);
        this.drop(next);
      }
      await this.rollUp.run(Date.now());
    } catch (error) {
      if (error instanceof OperationError) return; // the store is away, and says so itself
      this.logger.error('Metrics could not be kept', error instanceof Error ? error.stack : error);
      const [first] = this.queue;
      if (first) this.drop(first);
    }
  }

  /** While it was written it may have had to make room. */
  private drop(part: MinutePart): void {
    if (this.queue[0] === part) this.queue.shift();
  }
}
