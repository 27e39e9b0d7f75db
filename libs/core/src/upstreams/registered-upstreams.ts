import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { conflict } from '../errors/protocol-error.js';
import { Redactor } from '../observability/redaction.js';
import { StoreChanges } from '../replicas/store-changes.js';
import { UpstreamEntity } from '../store/entities/upstream.entity.js';
import { UpstreamGrantEntity } from '../store/entities/upstream-grant.entity.js';
import { OneAtATime } from '../store/one-at-a-time.js';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';
import { TextSeal } from '../store/text-seal.js';
import { AllowedAddresses } from './allowed-addresses.js';
import { PinStore } from './pin-store.js';
import { changed, keptSecrets, registeredConfig, type Registration, type RegistrationChange } from './registration.js';
import { isUpstreamName } from './server-entry.js';
import { secretsOfUpstream } from './server-secrets.js';
import { SupervisedUpstreams } from './supervised-upstreams.js';
import type { SupervisedUpstream } from './supervised-upstream.js';

/** An upstream that an admin registered. */
export interface Registered {
  readonly registration: Registration;
  readonly createdAt: Date;
}

/** Upstreams that admins register while the gateway runs; kept in the store, their addresses and credentials sealed. */
@Injectable()
export class RegisteredUpstreams implements OnModuleInit {
  private readonly logger = new Logger('Upstreams');
  private readonly byName = new Map<string, Registered>();
  private readonly seal: TextSeal;
  /** What is read is of after the change before, and the next change of after what was read. */
  private readonly turns = new OneAtATime();

  constructor(
    private readonly store: Store,
    secretKey: SecretKey,
    private readonly upstreams: SupervisedUpstreams,
    private readonly addresses: AllowedAddresses,
    private readonly redactor: Redactor,
    private readonly changes: StoreChanges,
  ) {
    this.seal = new TextSeal(secretKey, 'upstream-targets');
  }

  onModuleInit(): void {
    const load = () => this.turns.run(() => this.load());
    this.changes.follow('upstreams', load);
    this.store.onReady(load);
  }

  all(): Registered[] {
    return [...this.byName.values()];
  }

  find(name: string): Registered | undefined {
    return this.byName.get(name);
  }

  /** Throws a conflict for a name that is taken, and `failed` for an address that may not be reached. */
  async create(registration: Registration): Promise<SupervisedUpstream> {
    const { name } = registration;
    if (this.upstreams.isTaken(name)) throw taken(name);
    await this.addresses.check(registration.url);
    return this.turns.run(async () => {
      const one = { registration, createdAt: new Date() };
      if (this.upstreams.isTaken(name) || !(await this.insert(one))) throw taken(name);
      return this.use(one);
    });
  }

  /**
   * Throws `unknown` for a name that nothing has, a conflict for an upstream of the config, and `invalid` where secrets
   * would go to another host than the one they were given for.
   */
  async change(name: string, change: RegistrationChange): Promise<SupervisedUpstream> {
    const { registration, createdAt } = this.require(name);
    refuseKept(registration, change);
    if (change.url !== undefined) await this.addresses.check(change.url);
    return this.turns.run(async () =>
      this.use(await this.write((one) => this.changeRow(one, name, createdAt, change))),
    );
  }

  /** As `change`. What was pinned of its tools goes with it, and what callers have granted. */
  remove(name: string): Promise<void> {
    return this.turns.run(async () => {
      this.require(name);
      await this.write(async (one) => {
        await one.delete(UpstreamEntity, { name });
        await one.delete(UpstreamGrantEntity, { upstream: name });
        await PinStore.delete(one, name);
      });
      this.byName.delete(name);
      await this.upstreams.remove(name);
    });
  }

  /** By what the store has of it now, which another gateway may have changed or removed. */
  private async changeRow(
    one: EntityManager,
    name: string,
    createdAt: Date,
    change: RegistrationChange,
  ): Promise<Registered> {
    const row = await one.findOne(UpstreamEntity, { where: { name }, lock: { mode: 'pessimistic_write' } });
    const before = row && this.registrationOf(row);
    if (!before || row.createdAt.getTime() !== createdAt.getTime()) throw unknown(name);
    refuseKept(before, change);
    const next = { registration: changed(before, change), createdAt };
    const { name: _, ...columns } = this.rowOf(next);
    await one.update(UpstreamEntity, { name }, columns);
    return next;
  }

  private write<T>(work: (one: EntityManager) => Promise<T>): Promise<T> {
    return this.changes.make('upstreams', () => this.store.run((manager) => manager.transaction(work)));
  }

  /** Whether it was the first of its name, of all that any gateway registers at this moment. */
  private async insert(one: Registered): Promise<boolean> {
    const inserted = await this.write((manager) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(UpstreamEntity)
        .values(this.rowOf(one))
        .orIgnore()
        .returning('name')
        .execute(),
    );
    return (inserted.raw as unknown[]).length > 0;
  }

  private async load(): Promise<void> {
    const rows = await this.store.run((manager) => manager.find(UpstreamEntity));
    const stored = new Map(rows.map(({ name, createdAt }) => [name, createdAt.getTime()]));
    for (const [name, { createdAt }] of [...this.byName]) {
      // one of the same name may be another: what was known of the first is not the second's
      if (stored.get(name) === createdAt.getTime()) continue;
      this.byName.delete(name);
      await this.upstreams.withdraw(name);
    }
    for (const row of rows) await this.takeOver(row);
  }

  private async takeOver(row: UpstreamEntity): Promise<void> {
    const { name, createdAt } = row;
    const known = this.byName.get(name)?.registration;
    const registration = this.registrationOf(row);
    if (registration === undefined) {
      if (!known)
        this.logger.warn(`The upstream ${name} can't be used: it was registered under another MCP_SECRET_KEY`);
    } else if (!isUpstreamName(name)) {
      this.logger.warn(`The upstream ${name} that an admin registered is left out: none may be called so`);
    } else if (!known && this.upstreams.isTaken(name)) {
      this.logger.warn(`The upstream ${name} that an admin registered is left out: the config has one of this name`);
    } else if (!isSame(known, registration)) {
      await this.use({ registration, createdAt });
    }
  }

  private async use(one: Registered): Promise<SupervisedUpstream> {
    const config = registeredConfig(one.registration);
    this.redactor.learn(secretsOfUpstream(config));
    const upstream = await this.changes.apply('upstreams', () => this.upstreams.put(config));
    // not before it runs: what could not be put is tried again
    this.byName.set(one.registration.name, one);
    return upstream;
  }

  private require(name: string): Registered {
    const one = this.byName.get(name);
    if (one) return one;
    if (this.upstreams.find(name)) {
      throw conflict(`The upstream ${name} is declared in the config; change it there`);
    }
    throw unknown(name);
  }

  private rowOf({ registration, createdAt }: Registered): UpstreamEntity {
    const { name, url, headers, auth, description = '', enabled, timeoutMs = null, overrides } = registration;
    const target = this.seal.seal(JSON.stringify({ url, headers, auth }), name);
    return { name, target, description, enabled, timeoutMs, overrides, createdAt };
  }

  private registrationOf(row: UpstreamEntity): Registration | undefined {
    const { name, target, description, enabled, timeoutMs, overrides } = row;
    const opened = this.seal.open(target, name);
    if (opened === undefined) return undefined;
    return {
      name,
      ...(JSON.parse(opened) as Pick<Registration, 'url' | 'headers' | 'auth'>),
      enabled,
      overrides: overrides as Registration['overrides'],
      ...(description !== '' && { description }),
      ...(timeoutMs !== null && { timeoutMs }),
    };
  }
}

function taken(name: string): OperationError {
  return conflict(`The name ${name} is taken; choose another one`);
}

function unknown(name: string): OperationError {
  return new OperationError('unknown', `There is no upstream ${name}`);
}

function refuseKept(before: Registration, change: RegistrationChange): void {
  const kept = keptSecrets(before, change);
  if (kept.length === 0) return;
  const names = kept.join(' and ');
  throw new OperationError(
    'invalid',
    `The new url is on another host, and ${names} would be sent there. Give ${names} with the url, or null to take them away`,
  );
}

/** What is left out and what is undefined are the same. */
function isSame(one: Registration | undefined, other: Registration): boolean {
  const plain = (registration: Registration) => JSON.parse(JSON.stringify(registration)) as unknown;
  return one !== undefined && isDeepStrictEqual(plain(one), plain(other));
}
