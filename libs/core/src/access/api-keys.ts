import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { conflict } from '../errors/protocol-error.js';
import { StoreChanges } from '../replicas/store-changes.js';
import { OneAtATime } from '../store/one-at-a-time.js';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';
import { AccessSettings } from './access.settings.js';
import { AdminStanding, type Changer } from './admin-standing.js';
import { displayPrefix, generateKey } from './key-format.js';
import { KeyEnds } from './key-ends.js';
import { KeyPeppers, type KeyHash } from './key-peppers.js';
import { isExpired, recordOf, type KeyPolicy, type KeyRecord } from './key-record.js';
import { KeyRing, type FoundKey } from './key-ring.js';
import { KeyUse } from './key-use.js';
import { endedBetween } from './ended-keys.js';
import { StoredKeys } from './stored-keys.js';

/** What changes in hand are given to end when the gateway stops. */
const LAST_TURN_MS = 1_000;

/** Id of the key of MCP_ADMIN_KEY. */
const FROM_ENVIRONMENT = 'environment';

/**
 * The API keys. A request is answered from memory; the store is read once when it is up and written with each change.
 */
@Injectable()
export class ApiKeys implements OnApplicationShutdown {
  readonly ends = new KeyEnds(() => this.list());
  private readonly logger = new Logger(ApiKeys.name);
  /** Ids of keys whose hash is being made anew. */
  private readonly rehashing = new Set<string>();
  private readonly peppers: KeyPeppers;
  private readonly admins: AdminStanding;
  private readonly ring: KeyRing;
  private readonly stored: StoredKeys;
  private loaded = false;
  /** Each change is decided by what the one before has left, in memory and in the store. */
  private readonly turns = new OneAtATime();

  constructor(
    private readonly store: Store,
    private readonly changes: StoreChanges,
    secretKey: SecretKey,
    settings: AccessSettings,
  ) {
    this.peppers = new KeyPeppers(secretKey);
    this.admins = new AdminStanding(this.peppers, () => this.list());
    changes.follow('api-keys', () => this.load());
    this.ring = new KeyRing(this.peppers, (record, hash) => {
      this.rehash(record, hash);
    });
    this.stored = new StoredKeys(this.peppers, this.ring);
    secretKey.onRenewal(() => {
      this.ring.forgetUses();
      this.stored.tellWaiting(this.list(), this.logger);
    });
    this.holdAdminKey(settings.adminKey);
  }

  async onApplicationShutdown(): Promise<void> {
    this.ends.stop();
    await Promise.race([this.turns.settled(), sleep(LAST_TURN_MS, undefined, { ref: false })]);
  }

  /** Takes the key of MCP_ADMIN_KEY, in the place of the one before. */
  holdAdminKey(key: string | undefined): void {
    if (this.ring.get(FROM_ENVIRONMENT)) {
      this.ring.forget(FROM_ENVIRONMENT);
      this.ends.tell(FROM_ENVIRONMENT);
    }
    if (key === undefined) return;
    const named = { id: FROM_ENVIRONMENT, prefix: '', fromEnvironment: true };
    this.ring.hold(this.newRecord({ name: 'MCP_ADMIN_KEY', permissions: ['*'] }, key, named));
  }

  /** Reads all keys from the store, whenever it comes up; until then stored keys can be neither accepted nor refused. */
  load(): Promise<void> {
    return this.turns.run(async () => {
      const read = await this.store.run((manager) => this.stored.all(manager));
      this.takeOver(read, this.list());
      if (!this.loaded) this.stored.tell(read, this.logger);
      this.loaded = true;
    });
  }

  /** The record of a presented key, also where it is expired; undefined for an unknown one. `digest` is the key's, where it is known. */
  find(key: string, digest?: string): KeyRecord | undefined {
    const found = this.ring.find(key, digest);
    if (!found && !this.loaded) throw notLoaded();
    return found === 'over' ? undefined : found;
  }

  /** What is known of a key that somebody found, without a use of it. */
  inspect(key: string): FoundKey | undefined {
    const found = this.ring.inspect(key);
    if (!found && !this.loaded) throw notLoaded();
    return found;
  }

  /** Whether the keys of this record, whichever they are now, let anybody in. */
  isTaken(id: string): boolean {
    const record = this.ring.get(id);
    return record !== undefined && !isExpired(record);
  }

  /** Whether a key was valid when it was last checked; far cheaper than to find it. */
  isFamiliar(key: string): boolean {
    return this.ring.isFamiliar(key);
  }

  list(): KeyRecord[] {
    return this.ring.list();
  }

  /** Undefined where there is none of this id. */
  known(id: string): KeyRecord | undefined {
    return this.ring.get(id);
  }

  get(id: string): KeyRecord {
    const record = this.known(id);
    if (!record) throw new OperationError('unknown', 'There is no API key with this id');
    return record;
  }

  get hasAdmin(): boolean {
    return this.admins.best() > 0;
  }

  /** Creates a key; the answer is the only time that it is seen. `also` runs in the same transaction. */
  create(
    policy: KeyPolicy,
    key = generateKey(),
    also: (manager: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ key: string; record: KeyRecord }> {
    return this.change(async (manager) => {
      const record = this.newRecord(policy, key);
      await this.stored.insert(manager, record);
      await also(manager);
      return () => ({ key, record: this.ring.hold(record) });
    });
  }

  /** Makes an admin key where there is none at any replica; `tell` gets it before it is stored. */
  createFirstAdmin(policy: KeyPolicy, tell: (key: string) => void): Promise<void> {
    return this.change(async (manager) => {
      const admins = await this.stored.admins(manager);
      if (this.hasAdmin || admins.some((record) => this.admins.of(record) > 0)) return () => undefined;
      const key = generateKey();
      tell(key);
      const record = this.newRecord(policy, key);
      await this.stored.insert(manager, record);
      return () => void this.ring.hold(record);
    });
  }

  update(id: string, change: Partial<KeyPolicy>, by: Changer): Promise<KeyRecord> {
    return this.change(async (manager) => {
      const before = await this.refreshed(manager, id);
      const after = recordOf(before, { ...before, ...change });
      this.admins.keepChanged(before, after, by);
      await this.stored.write(manager, after);
      return () => this.ring.hold(after);
    });
  }

  /** Puts another key in the place of a key, which is taken for the overlap and not a moment longer. */
  rotate(id: string, overlapSeconds: number): Promise<{ key: string; record: KeyRecord }> {
    return this.change(async (manager) => {
      const before = await this.refreshed(manager, id);
      if (isExpired(before)) throw conflict('This key has expired; give it a later expiresAt first');
      const { hash, pepperId } = before;
      const until = new Date(Date.now() + overlapSeconds * 1_000);
      const key = generateKey();
      const after = {
        ...before,
        ...this.peppers.hash(key),
        prefix: displayPrefix(key),
        retired: overlapSeconds > 0 ? { hash, pepperId, until } : undefined,
      };
      await this.stored.write(manager, after);
      return () => {
        const record = this.ring.hold(after);
        if (overlapSeconds === 0) this.ends.tell(id);
        return { key, record };
      };
    });
  }

  /** Ends the overlap of a rotation: the key that was replaced is refused from now on. */
  endOverlap(id: string): Promise<void> {
    return this.change(async (manager) => {
      const after = { ...(await this.refreshed(manager, id)), retired: undefined };
      await this.stored.write(manager, after);
      return () => {
        this.ring.hold(after);
        this.ends.tell(id);
      };
    });
  }

  remove(id: string): Promise<void> {
    return this.change(async (manager) => {
      const record = await this.refreshed(manager, id);
      this.admins.keep(record, 0, 'deletion');
      await this.stored.remove(manager, id);
      return () => {
        this.ring.forget(id);
        this.ends.tell(id);
      };
    });
  }

  /** A key as it is in the store now, with all that decides what may become of it. Throws `unknown`. */
  private async refreshed(manager: EntityManager, id: string): Promise<KeyRecord> {
    this.requireStored(id);
    const held = this.list().filter((record) => record.id === id || this.admins.of(record) > 0);
    this.takeOver(await this.stored.admins(manager, id), held);
    return this.requireStored(id);
  }

  /** Holds what the store has in the place of what was held of it, and tells which keys are over by that. */
  private takeOver(read: readonly KeyRecord[], before: readonly KeyRecord[]): void {
    const ended = endedBetween(before, read);
    for (const { id, fromEnvironment } of before) if (!fromEnvironment) this.ring.forget(id);
    for (const record of read) this.ring.hold(record);
    for (const id of ended) this.ends.tell(id);
  }

  /** Brings a key that was used under the pepper in force. Where the store is away, a later use does. */
  private rehash({ id, hash: before }: KeyRecord, hash: KeyHash): void {
    if (this.rehashing.has(id)) return;
    this.rehashing.add(id);
    this.turns
      .run(async () => {
        const record = this.ring.get(id);
        if (record?.hash !== before) return;
        const after = { ...record, ...hash };
        if (!record.fromEnvironment) {
          await this.changes.make('api-keys', () =>
            this.store.run((manager) => this.stored.write(manager, after, { hash: before })),
          );
        }
        this.ring.hold(after);
      })
      .catch((error: unknown) => {
        this.ring.forgetUses();
        this.logger.debug(`A key waits for the current MCP_SECRET_KEY: ${String(error)}`);
      })
      .finally(() => this.rehashing.delete(id));
  }

  /** Decides and writes in one transaction, one at a time over all replicas; what `decide` answers runs when it is done. */
  private change<T>(decide: (manager: EntityManager) => Promise<() => T>): Promise<T> {
    return this.turns.run(async () => {
      const apply = await this.changes.make('api-keys', () =>
        this.store.run((manager) =>
          manager.transaction(async (one) => {
            await this.stored.lock(one);
            return decide(one);
          }),
        ),
      );
      return apply();
    });
  }

  private requireStored(id: string): KeyRecord {
    const record = this.get(id);
    if (record.fromEnvironment) throw conflict('This key is set by MCP_ADMIN_KEY; change it there');
    return record;
  }

  private newRecord(
    policy: KeyPolicy,
    key: string,
    named = { id: randomUUID() as string, prefix: displayPrefix(key), fromEnvironment: false },
  ): KeyRecord {
    const state = { ...named, createdAt: new Date(), retired: undefined, use: new KeyUse() };
    return recordOf({ ...state, ...this.peppers.hash(key) }, policy);
  }
}

function notLoaded(): OperationError {
  return new OperationError('unavailable', 'API keys cannot be checked until the store is up; try again soon', {
    retryable: true,
    retryAfterMs: 1_000,
  });
}
