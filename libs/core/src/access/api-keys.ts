import { hash as digestOf, randomUUID, timingSafeEqual } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { ApiKeyEntity } from '../store/entities/api-key.entity.js';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';
import { AccessSettings } from './access.settings.js';
import { conflict } from '../errors/protocol-error.js';
import { displayPrefix, generateKey, hashKey } from './key-format.js';
import { Networks } from './networks.js';

/** What an admin decides about a key. */
export interface KeyPolicy {
  name: string;
  permissions: string[];
  owner?: string | undefined;
  team?: string | undefined;
  expiresAt?: Date | undefined;
  /** CIDRs from which alone the key is taken; all, when unset. */
  allowedNetworks?: string[] | undefined;
}

/** A key as it is known in memory; the key itself is kept nowhere. */
export interface KeyRecord extends KeyPolicy {
  id: string;
  hash: string;
  prefix: string;
  createdAt: Date;
  /** The key of MCP_ADMIN_KEY lives in the configuration, not in the store. */
  fromEnvironment: boolean;
  networks: Networks | undefined;
  caller: Caller;
}

/**
 * The API keys. A request is answered from memory; the store is read once when it is up and written with each change.
 */
@Injectable()
export class ApiKeys {
  private readonly logger = new Logger(ApiKeys.name);
  private readonly byHash = new Map<string, KeyRecord>();
  private readonly byId = new Map<string, KeyRecord>();
  /** Valid keys that were presented, by a digest that costs a fraction of the HMAC. Emptied by every change. */
  private readonly recognised = new Map<string, KeyRecord>();
  private readonly pepper: Buffer;
  private loaded = false;
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    secretKey: SecretKey,
    settings: AccessSettings,
  ) {
    this.pepper = secretKey.derive('api-key-pepper');
    if (settings.adminKey !== undefined) this.add(this.environmentKey(settings.adminKey));
  }

  /** Reads all keys from the store, whenever it comes up; until then stored keys can be neither accepted nor refused. */
  load(): Promise<void> {
    return this.inTurn(() => this.loadAll());
  }

  /** The record of a presented key, whatever its state; undefined for an unknown one. */
  find(key: string): KeyRecord | undefined {
    const digest = digestOf('sha256', key, 'binary');
    const known = this.recognised.get(digest);
    if (known) return known;
    const hash = hashKey(key, this.pepper);
    const record = this.byHash.get(hash);
    if (record && timingSafeEqual(Buffer.from(record.hash), Buffer.from(hash))) {
      this.recognised.set(digest, record);
      return record;
    }
    if (this.loaded) return undefined;
    throw new OperationError('unavailable', 'API keys cannot be checked until the store is up; try again soon', {
      retryable: true,
      retryAfterMs: 1_000,
    });
  }

  list(): KeyRecord[] {
    return [...this.byId.values()];
  }

  get(id: string): KeyRecord {
    const record = this.byId.get(id);
    if (!record) throw new OperationError('unknown', 'There is no API key with this id');
    return record;
  }

  get hasAdmin(): boolean {
    return this.list().some(isAdmin);
  }

  /** Creates a key; the answer is the only time that it is seen. */
  create(policy: KeyPolicy, key = generateKey()): Promise<{ key: string; record: KeyRecord }> {
    return this.inTurn(() => this.insert(policy, key));
  }

  update(id: string, change: Partial<KeyPolicy>): Promise<KeyRecord> {
    return this.inTurn(() => this.change(id, change));
  }

  remove(id: string): Promise<void> {
    return this.inTurn(() => this.delete(id));
  }

  private async loadAll(): Promise<void> {
    const rows = await this.store.run((manager) =>
      manager.find(ApiKeyEntity, { order: { createdAt: 'ASC', id: 'ASC' } }),
    );
    const fromEnvironment = this.list().filter((record) => record.fromEnvironment);
    this.byId.clear();
    this.byHash.clear();
    this.recognised.clear();
    for (const record of [...fromEnvironment, ...rows.map(recordOf)]) this.add(record);
    this.loaded = true;
    this.logger.log(`${rows.length} API keys are known`);
  }

  private async insert(policy: KeyPolicy, key: string): Promise<{ key: string; record: KeyRecord }> {
    const entity = Object.assign(new ApiKeyEntity(), columnsOf(policy), {
      id: randomUUID(),
      hash: hashKey(key, this.pepper),
      prefix: displayPrefix(key),
      createdAt: new Date(),
    });
    await this.store.run((manager) => manager.insert(ApiKeyEntity, entity));
    const record = this.add(recordOf(entity));
    return { key, record };
  }

  private async change(id: string, change: Partial<KeyPolicy>): Promise<KeyRecord> {
    const before = this.stored(id);
    const policy = { ...policyOf(before), ...change };
    const after = recordOf(Object.assign(new ApiKeyEntity(), before, columnsOf(policy)));
    if (isAdmin(before) && !isAdmin(after)) this.keepAnAdmin(id, 'change');
    await this.store.run((manager) => manager.update(ApiKeyEntity, id, columnsOf(policy)));
    return this.add(after);
  }

  private async delete(id: string): Promise<void> {
    const record = this.stored(id);
    if (isAdmin(record)) this.keepAnAdmin(id, 'deletion');
    await this.store.run((manager) => manager.delete(ApiKeyEntity, id));
    this.byId.delete(id);
    if (this.byHash.get(record.hash) === record) this.byHash.delete(record.hash);
    this.recognised.clear();
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

  private keepAnAdmin(id: string, what: string): void {
    if (this.list().some((other) => other.id !== id && isAdmin(other))) return;
    throw conflict(`This ${what} would leave no admin key; create another one first`);
  }

  private add(record: KeyRecord): KeyRecord {
    this.recognised.clear();
    this.byId.set(record.id, record);
    // a stored key that MCP_ADMIN_KEY names too stays the operator's
    if (!this.byHash.get(record.hash)?.fromEnvironment) this.byHash.set(record.hash, record);
    return record;
  }

  private environmentKey(key: string): KeyRecord {
    const entity = Object.assign(new ApiKeyEntity(), columnsOf({ name: 'MCP_ADMIN_KEY', permissions: ['*'] }), {
      id: 'environment',
      hash: hashKey(key, this.pepper),
      prefix: '',
      createdAt: new Date(),
    });
    return { ...recordOf(entity), fromEnvironment: true };
  }
}

function isAdmin(record: KeyRecord): boolean {
  const holds = record.permissions.some((permission) => permission === '*' || permission === 'admin');
  return holds && !isExpired(record);
}

export function isExpired(record: KeyPolicy): boolean {
  return record.expiresAt !== undefined && record.expiresAt.getTime() <= Date.now();
}

function policyOf({ name, permissions, owner, team, expiresAt, allowedNetworks }: KeyRecord): KeyPolicy {
  return { name, permissions, owner, team, expiresAt, allowedNetworks };
}

function columnsOf(policy: KeyPolicy) {
  return {
    name: policy.name,
    permissions: policy.permissions,
    owner: policy.owner ?? null,
    team: policy.team ?? null,
    expiresAt: policy.expiresAt ?? null,
    allowedNetworks: policy.allowedNetworks ?? null,
  };
}

function recordOf(row: ApiKeyEntity): KeyRecord {
  const owner = row.owner ?? undefined;
  const team = row.team ?? undefined;
  return {
    id: row.id,
    hash: row.hash,
    prefix: row.prefix,
    createdAt: row.createdAt,
    fromEnvironment: false,
    name: row.name,
    permissions: row.permissions,
    owner,
    team,
    expiresAt: row.expiresAt ?? undefined,
    allowedNetworks: row.allowedNetworks ?? undefined,
    networks: row.allowedNetworks ? new Networks(row.allowedNetworks) : undefined,
    caller: {
      id: row.id,
      kind: 'key',
      subject: row.name,
      permissions: row.permissions,
      ...(owner !== undefined && { owner }),
      ...(team !== undefined && { team }),
    },
  };
}
