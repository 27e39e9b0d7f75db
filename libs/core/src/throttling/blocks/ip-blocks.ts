import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { Networks } from '../../access/networks.js';
import { conflict } from '../../errors/protocol-error.js';
import { StoreChanges } from '../../replicas/store-changes.js';
import { DueWork } from '../../store/due-work.js';
import { IpBlockEntity } from '../../store/entities/ip-block.entity.js';
import { OneAtATime } from '../../store/one-at-a-time.js';
import { Store } from '../../store/store.js';

export type IpBlock = Readonly<IpBlockEntity>;
export type IpBlockPolicy = Pick<IpBlock, 'network' | 'reason' | 'expiresAt'>;

const MAX_BLOCKS = 10_000;
/** Addresses for which it is remembered which block refuses them. */
const REMEMBERED = 10_000;

interface Held {
  readonly block: IpBlock;
  readonly networks: Networks;
}

/** The networks whose requests are refused, by admins or by the gateway itself. Requests are answered from memory. */
@Injectable()
export class IpBlocks implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('IpBlocks');
  private readonly held = new Map<string, Held>();
  /** Ids of blocks that the store does not know yet. */
  private readonly unsaved = new Set<string>();
  private readonly saving = new DueWork(
    () => this.saveAll(),
    (error) => this.logger.warn(`What is blocked is not stored yet: ${String(error)}`),
  );
  /** By address; a peer asks again with each request. Emptied by every change. */
  private readonly decided = new Map<string, IpBlock | null>();
  /** What is read is of after the change before, and the next change of after what was read. */
  private readonly turns = new OneAtATime();
  private readonly saves = new OneAtATime();

  constructor(
    private readonly store: Store,
    private readonly changes: StoreChanges,
  ) {}

  onModuleInit(): void {
    this.changes.follow('ip-blocks', () => this.load());
    this.store.onReady(async () => {
      await this.load();
      await this.store.run((manager) => manager.query('DELETE FROM ip_blocks WHERE expires_at < now()'));
    });
  }

  onApplicationShutdown(): void {
    this.saving.stop();
  }

  all(): IpBlock[] {
    this.forgetExpired();
    return [...this.held.values()].map(({ block }) => block);
  }

  /** How many stand now. */
  get size(): number {
    this.forgetExpired();
    return this.held.size;
  }

  get(id: string): IpBlock {
    const found = this.held.get(id)?.block;
    if (!found || isOver(found)) throw unknown();
    return found;
  }

  /** The block that refuses an address, of several any one. */
  blockOf(address: string): IpBlock | undefined {
    if (this.held.size === 0) return undefined;
    const known = this.decided.get(address);
    if (known !== undefined && (known === null || !isOver(known))) return known ?? undefined;
    const found = [...this.held.values()].find(({ block, networks }) => !isOver(block) && networks.includes(address));
    if (this.decided.size >= REMEMBERED) this.decided.clear();
    this.decided.set(address, found?.block ?? null);
    return found?.block;
  }

  /** Throws a conflict where a block of the same network stands. */
  create(policy: IpBlockPolicy, createdBy: string): Promise<IpBlock> {
    return this.turns.run(async () => {
      this.requireRoom();
      this.requireFree(policy.network);
      const block = { ...policy, id: randomUUID(), createdBy, createdAt: new Date() };
      await this.write((manager) => manager.insert(IpBlockEntity, block));
      this.logger.log(`${block.network} is blocked by ${createdBy}`);
      return this.hold(block);
    });
  }

  /** As `create`; throws `unknown` also where somebody has lifted it at another replica. */
  change(id: string, change: Partial<IpBlockPolicy>, by: string): Promise<IpBlock> {
    return this.turns.run(async () => {
      const before = this.get(id);
      if (Object.keys(change).length === 0) return before;
      if (change.network !== undefined) this.requireFree(change.network, id);
      await this.save(id);
      const block = await this.write((manager) =>
        manager.transaction(async (one) => {
          const { affected } = await one.update(IpBlockEntity, { id }, change);
          return affected ? one.findOneBy(IpBlockEntity, { id }) : null;
        }),
      );
      if (!block) throw unknown();
      this.logger.log(`The block of ${block.network} is changed by ${by}`);
      return this.hold(block);
    });
  }

  remove(id: string, by: string): Promise<void> {
    return this.turns.run(async () => {
      const { network } = this.get(id);
      await this.save(id);
      await this.write((manager) => manager.delete(IpBlockEntity, id));
      this.held.delete(id);
      this.decided.clear();
      this.logger.log(`The block of ${network} is lifted by ${by}`);
    });
  }

  /** Blocks an address at once; the store is told when it can be. */
  blockByItself(policy: IpBlockPolicy): void {
    if (this.size >= MAX_BLOCKS) return;
    const block = this.hold({ ...policy, id: randomUUID(), createdBy: null, createdAt: new Date() });
    this.logger.warn(`${block.network} is blocked: ${block.reason ?? ''}`);
    this.unsaved.add(block.id);
    this.saving.ask();
  }

  private async saveAll(): Promise<void> {
    for (const id of this.unsaved) await this.save(id);
  }

  /** Resolves when the store knows a block, so that it does not come there after what becomes of it. */
  private async save(id: string): Promise<void> {
    if (!this.unsaved.has(id)) return;
    await this.saves.run(async () => {
      const block = this.held.get(id)?.block;
      // one whose answer was lost is there already, and may have been changed
      if (block && this.unsaved.has(id) && !isOver(block)) await this.write((manager) => insertIfNew(manager, block));
      this.unsaved.delete(id);
    });
  }

  private write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.changes.make('ip-blocks', () => this.store.run(work));
  }

  private load(): Promise<void> {
    return this.turns.run(() => this.read());
  }

  private async read(): Promise<void> {
    // one that is stored while this reads may not be among what is read
    const unsavedBefore = new Set(this.unsaved);
    const rows = await this.store.run((manager) => manager.find(IpBlockEntity));
    const stored = new Set(rows.map(({ id }) => id));
    for (const id of this.held.keys()) {
      if (!stored.has(id) && !unsavedBefore.has(id) && !this.unsaved.has(id)) this.held.delete(id);
    }
    for (const block of rows) this.hold(block);
    this.decided.clear();
  }

  private hold(block: IpBlock): IpBlock {
    this.decided.clear();
    this.held.set(block.id, { block, networks: new Networks([block.network]) });
    return block;
  }

  private requireRoom(): void {
    if (this.size >= MAX_BLOCKS) throw conflict(`There are ${MAX_BLOCKS} blocks, which is the most; lift some first`);
  }

  private requireFree(network: string, ownId?: string): void {
    const { ranges } = new Networks([network]);
    for (const { block, networks } of this.held.values()) {
      if (block.id === ownId || isOver(block) || networks.ranges !== ranges) continue;
      throw conflict(`This network is blocked already, by the block ${block.id}; change that one`);
    }
  }

  private forgetExpired(): void {
    for (const [id, { block }] of this.held) {
      if (!isOver(block)) continue;
      this.held.delete(id);
      this.unsaved.delete(id);
    }
  }
}

function insertIfNew(manager: EntityManager, block: IpBlock): Promise<unknown> {
  return manager.createQueryBuilder().insert().into(IpBlockEntity).values(block).orIgnore().execute();
}

function unknown(): OperationError {
  return new OperationError('unknown', 'There is no block with this id');
}

function isOver({ expiresAt }: IpBlock): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}
