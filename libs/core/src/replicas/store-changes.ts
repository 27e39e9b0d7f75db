import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { DueWork } from '../store/due-work.js';
import { Store } from '../store/store.js';
import { ReplicaBus, type Topic } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';

/** What is kept in the store and held in the memory of every replica. */
export type SharedTable = 'api-keys' | 'configuration' | 'definitions' | 'ip-blocks' | 'toolsets' | 'upstreams';

const changed: Topic<SharedTable> = { name: 'store changed' };

/**
 * What is changed in the store, the replicas that hold it read anew. The database tells them, by triggers of its tables:
 * with the commit, whoever made the change and whatever became of him. Redis, where it is, does so a little sooner. After
 * an outage of either, all is read once. No reading is given up: the store may be there, and have no connection free for
 * one try.
 */
@Injectable()
export class StoreChanges implements OnApplicationShutdown {
  private readonly logger = new Logger('Replicas');
  private readonly readings = new Map<SharedTable, DueWork>();

  constructor(
    store: Store,
    private readonly bus: ReplicaBus,
    id: ReplicaId,
  ) {
    bus.on(changed, (table) => this.read(table));
    bus.onReady(() => {
      for (const table of this.readings.keys()) this.read(table);
    });
    store.onNotice((text) => {
      const [from, table] = text.split(' ');
      if (from !== id.text) this.read(table as SharedTable);
    });
  }

  onApplicationShutdown(): void {
    for (const reading of this.readings.values()) reading.stop();
  }

  /** Has `reload` run when others have changed a table; after an outage of the store its own listeners do. */
  follow(table: SharedTable, reload: () => Promise<void>): void {
    this.readings.set(table, new DueWork(reload, (error) => this.report(error)));
  }

  /**
   * Runs what changes a table of the store. Where that was lost on the way, and may have been done all the same, the
   * table is read anew here too.
   */
  async make<T>(table: SharedTable, change: () => Promise<T>): Promise<T> {
    let answer: T;
    try {
      answer = await change();
    } catch (error) {
      if (isUnavailable(error)) this.read(table);
      throw error;
    }
    this.bus.publish(changed, table);
    // what is being read may be of before, and would undo what is held of this change
    if (this.readings.get(table)?.isRunning) this.read(table);
    return answer;
  }

  /** Takes over here what was changed; where that fails, the table is read anew soon. */
  async apply<T>(table: SharedTable, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isUnavailable(error)) this.read(table);
      throw error;
    }
  }

  private read(table: SharedTable): void {
    this.readings.get(table)?.ask();
  }

  /** A store that can't be reached has told so itself. */
  private report(error: unknown): void {
    if (isUnavailable(error)) return;
    this.logger.error('A change could not be read', error instanceof Error ? error.stack : error);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof OperationError && error.kind === 'unavailable';
}
