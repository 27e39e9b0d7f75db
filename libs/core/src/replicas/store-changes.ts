import { Injectable, Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Store } from '../store/store.js';
import { ReplicaBus, type Topic } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';

/** What is kept in the store and held in the memory of every replica. */
export type SharedTable = 'api-keys' | 'configuration' | 'definitions' | 'ip-blocks' | 'toolsets' | 'upstreams';

const changed: Topic<SharedTable> = { name: 'store changed' };

interface Follower {
  readonly reload: () => Promise<void>;
  /** That it was told of a change since its reading began. */
  isDue: boolean;
  reading: Promise<void> | undefined;
}

/**
 * What one replica changes in the store, the others read anew: told by Redis, and by the database itself, which needs
 * nothing else and is there where something was changed. After an outage of either, all is read once.
 */
@Injectable()
export class StoreChanges {
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

  /** Has `reload` run when another replica has changed a table; after an outage of the store its own listeners do. */
  follow(table: SharedTable, reload: () => Promise<void>): void {
    this.followers.set(table, { reload, isDue: false, reading: undefined });
  }

  /** To be called when a change is committed. Never waits. */
  announce(table: SharedTable): void {
    const follower = this.followers.get(table);
    // what is being read may be of before, and would undo what is held of this change
    if (follower?.reading) follower.isDue = true;
    this.bus.publish(changed, table);
    this.store.notify(`${this.id.text} ${table}`);
  }

  private noteChange(table: SharedTable): void {
    const follower = this.followers.get(table);
    if (!follower) return;
    follower.isDue = true;
    follower.reading ??= this.read(follower).finally(() => (follower.reading = undefined));
  }

  private async read(follower: Follower): Promise<void> {
    while (follower.isDue) {
      follower.isDue = false;
      try {
        await follower.reload();
      } catch (error) {
        // the store is away, and has all read anew when it is back
        if (error instanceof OperationError && error.kind === 'unavailable') return;
        this.logger.error(
          'A change of another replica could not be read',
          error instanceof Error ? error.stack : error,
        );
      }
    }
  }
}
