import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { DueWork } from '../store/due-work.js';
import { Store } from '../store/store.js';
import { ReplicaBus, type Topic } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';

/** What is kept in the store and held in the memory of every replica. */
export type SharedTable = 'api-keys' | 'configuration' | 'definitions' | 'ip-blocks' | 'toolsets' | 'upstreams';

const changed: Topic<SharedTable> = { name: 'store changed' };

/** What is due of a table. */
interface Follower {
  /** After a change at another replica. */
  readonly reading: DueWork;
  /** After a change here. */
  readonly telling: DueWork;
}

/**
 * What one replica changes in the store, the others read anew: told by Redis, and by the database itself, which needs
 * nothing else and is there where something was changed. After an outage of either, all is read once. Neither telling
 * nor reading is given up: the store may be there, and have no connection free for one try.
 */
@Injectable()
export class StoreChanges implements OnApplicationShutdown {
  private readonly logger = new Logger('Replicas');
  private readonly followers = new Map<SharedTable, Follower>();

  constructor(
    private readonly store: Store,
    private readonly bus: ReplicaBus,
    private readonly id: ReplicaId,
  ) {
    bus.on(changed, (table) => this.noteChange(table));
    bus.onReady(() => {
      for (const table of this.followers.keys()) this.noteChange(table);
    });
    store.onNotice((text) => {
      const [from, table] = text.split(' ');
      if (from !== id.text) this.noteChange(table as SharedTable);
    });
  }

  onApplicationShutdown(): void {
    for (const { reading, telling } of this.followers.values()) {
      reading.stop();
      telling.stop();
    }
  }

  /** Has `reload` run when another replica has changed a table; after an outage of the store its own listeners do. */
  follow(table: SharedTable, reload: () => Promise<void>): void {
    this.followers.set(table, {
      reading: new DueWork(reload, (error) => this.report('A change of another replica could not be read', error)),
      telling: new DueWork(
        () => this.store.notify(`${this.id.text} ${table}`),
        (error) => this.report('A change could not be told to other replicas', error),
      ),
    });
  }

  /** To be called when a change is committed. Never waits. */
  announce(table: SharedTable): void {
    const follower = this.followers.get(table);
    this.bus.publish(changed, table);
    if (!follower) return;
    // what is being read may be of before, and would undo what is held of this change
    if (follower.reading.isRunning) follower.reading.ask();
    follower.telling.ask();
  }

  private noteChange(table: SharedTable): void {
    this.followers.get(table)?.reading.ask();
  }

  /** A store that can't be reached has told so itself. */
  private report(what: string, error: unknown): void {
    if (error instanceof OperationError && error.kind === 'unavailable') return;
    this.logger.error(what, error instanceof Error ? error.stack : error);
  }
}
