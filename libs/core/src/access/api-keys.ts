import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { conflict } from '../errors/protocol-error.js';
import { ApiKeyEntity } from '../store/entities/api-key.entity.js';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';
import { AccessSettings } from './access.settings.js';
import { displayPrefix, generateKey } from './key-format.js';
import { KeyEnds } from './key-ends.js';
import { KeyPeppers } from './key-peppers.js';
import {
  adminStanding,
  columnsOf,
  isExpired,
  recordOf,
  recordOfRow,
  type KeyPolicy,
  type KeyRecord,
} from './key-record.js';
import { KeyRing, type FoundKey } from './key-ring.js';
import { KeyUse } from './key-use.js';

/** What changes in hand are given to end when the gateway stops. */
const LAST_TURN_MS = 1_000;

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
  private readonly ring: KeyRing;
  private loaded = false;
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    secretKey: SecretKey,
    settings: AccessSettings,
  ) {
    this.peppers = new KeyPeppers(secretKey);
    this.ring = new KeyRing(this.peppers, (record, hash) => {
      this.rehash(record, hash);
    });
    if (settings.adminKey !== undefined) {
      const policy = { name: 'MCP_ADMIN_KEY', permissions: ['*'] };
      this.ring.hold(
        this.newRecord(policy, settings.adminKey, { id: 'environment', prefix: '', fromEnvironment: true }),
      );
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.ends.stop();
    await Promise.race([this.lastTurn, sleep(LAST_TURN_MS, undefined, { ref: false })]);
  }

  /** Reads all keys from the store, whenever it comes up; until then stored keys can be neither accepted nor refused. */
  load(): Promise<void> {
    return this.inTurn(() => this.loadAll());
  }

  /** The record of a presented key, also where it is expired; undefined for an unknown one. */
  find(key: string): KeyRecord | undefined {
    const found = this.ring.find(key);
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

  get(id: string): KeyRecord {
    const record = this.ring.get(id);
    if (!record) throw new OperationError('unknown', 'There is no API key with this id');
    return record;
  }

  get hasAdmin(): boolean {
    return this.bestAdmin() > 0;
  }

  /** Creates a key; the answer is the only time that it is seen. `also` runs in the same transaction. */
  create(
    policy: KeyPolicy,
    key = generateKey(),
    also: (manager: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ key: string; record: KeyRecord }> {
    return this.inTurn(async () => {
      const record = this.newRecord(policy, key);
      const { id } = record;
      await this.store.run((manager) =>
        manager.transaction(async (both) => {
          await both.insert(ApiKeyEntity, { id, ...columnsOf(record) });
          await also(both);
        }),
      );
      return { key, record: this.ring.hold(record) };
    });
  }

  update(id: string, change: Partial<KeyPolicy>): Promise<KeyRecord> {
    return this.inTurn(async () => {
      const before = this.stored(id);
      const after = recordOf(before, { ...before, ...change });
      this.keepAnAdmin(before, this.standing(after), 'change');
      return this.save(after);
    });
  }

  /** Puts another key in the place of a key, which is taken for the overlap and not a moment longer. */
  rotate(id: string, overlapSeconds: number): Promise<{ key: string; record: KeyRecord }> {
    return this.inTurn(async () => {
      const before = this.stored(id);
      if (isExpired(before)) throw conflict('This key has expired; give it a later expiresAt first');
      const { hash, pepperId } = before;
      const until = new Date(Date.now() + overlapSeconds * 1_000);
      const key = generateKey();
      const record = await this.save({
        ...before,
        ...this.hashed(key),
        prefix: displayPrefix(key),
        retired: overlapSeconds > 0 ? { hash, pepperId, until } : undefined,
      });
      if (overlapSeconds === 0) this.ends.tell(id);
      return { key, record };
    });
  }

  /** Ends the overlap of a rotation: the key that was replaced is refused from now on. */
  endOverlap(id: string): Promise<void> {
    return this.inTurn(async () => {
      await this.save({ ...this.stored(id), retired: undefined });
      this.ends.tell(id);
    });
  }

  remove(id: string): Promise<void> {
    return this.inTurn(async () => {
      const record = this.stored(id);
      this.keepAnAdmin(record, 0, 'deletion');
      await this.store.run((manager) => manager.delete(ApiKeyEntity, id));
      this.ring.forget(id);
      this.ends.tell(id);
    });
  }

  private async loadAll(): Promise<void> {
    const { current, previous } = this.peppers;
    const rows = await this.store.run(async (manager) => {
      if (!previous) await manager.update(ApiKeyEntity, { pepperId: IsNull() }, { pepperId: current.id });
      return manager.find(ApiKeyEntity, { order: { createdAt: 'ASC', id: 'ASC' } });
    });
    const read = rows.map((row) => recordOfRow(row, current.id, this.ring.get(row.id)?.use));
    for (const { id, fromEnvironment } of this.list()) if (!fromEnvironment) this.ring.forget(id);
    for (const record of read) this.ring.hold(record);
    this.loaded = true;
    this.logger.log(`${rows.length} API keys are known`);
    this.tellOfOtherPeppers(read);
  }

  private tellOfOtherPeppers(records: readonly KeyRecord[]): void {
    const waiting = records.filter(({ pepperId }) => pepperId === this.peppers.previous?.id).length;
    if (waiting > 0) {
      this.logger.warn(
        `${waiting} API keys still need the previous MCP_SECRET_KEY, each until it is used for the first time`,
      );
    }
    const lost = records.filter(({ pepperId }) => !this.peppers.knows(pepperId)).length;
    if (lost > 0) {
      this.logger.warn(
        `${lost} API keys were made under another MCP_SECRET_KEY and are refused; set it as MCP_SECRET_KEY_PREVIOUS`,
      );
    }
  }

  /** Brings a key that was used under the current pepper. Where the store is away, a later use does. */
  private rehash({ id, hash: before }: KeyRecord, hash: string): void {
    if (this.rehashing.has(id)) return;
    this.rehashing.add(id);
    this.inTurn(async () => {
      const record = this.ring.get(id);
      if (record?.hash === before) await this.save({ ...record, hash, pepperId: this.peppers.current.id });
    })
      .catch((error: unknown) => {
        this.ring.forgetUses();
        this.logger.debug(`A key waits for the current MCP_SECRET_KEY: ${String(error)}`);
      })
      .finally(() => this.rehashing.delete(id));
  }

  private async save(record: KeyRecord): Promise<KeyRecord> {
    await this.store.run((manager) => manager.update(ApiKeyEntity, record.id, columnsOf(record)));
    return this.ring.hold(record);
  }

  /** Changes run one after another: each is decided by what the one before has left, in memory and in the store. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private stored(id: string): KeyRecord {
    const record = this.get(id);
    if (record.fromEnvironment) throw conflict('This key is set by MCP_ADMIN_KEY; change it there');
    return record;
  }

  /** A key that lasts is not given up for one that expires. */
  private keepAnAdmin(before: KeyRecord, standing: number, what: string): void {
    const needed = this.standing(before);
    if (standing >= needed || this.bestAdmin(before.id) >= needed) return;
    throw conflict(`This ${what} would leave no admin key that lasts as long; create another one first`);
  }

  private bestAdmin(withoutId?: string): number {
    return Math.max(0, ...this.list().map((record) => (record.id === withoutId ? 0 : this.standing(record))));
  }

  private standing(record: KeyRecord): number {
    return this.peppers.knows(record.pepperId) ? adminStanding(record) : 0;
  }

  private newRecord(
    policy: KeyPolicy,
    key: string,
    named = { id: randomUUID() as string, prefix: displayPrefix(key), fromEnvironment: false },
  ): KeyRecord {
    const state = { ...named, createdAt: new Date(), retired: undefined, use: new KeyUse() };
    return recordOf({ ...state, ...this.hashed(key) }, policy);
  }

  private hashed(key: string) {
    return { hash: this.peppers.hash(key), pepperId: this.peppers.current.id };
  }
}

function notLoaded(): OperationError {
  return new OperationError('unavailable', 'API keys cannot be checked until the store is up; try again soon', {
    retryable: true,
    retryAfterMs: 1_000,
  });
}
