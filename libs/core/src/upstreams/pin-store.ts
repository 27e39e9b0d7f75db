import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { StoreChanges } from '../replicas/store-changes.js';
import { UpstreamOfferEntity } from '../store/entities/upstream-offer.entity.js';
import { UpstreamToolEntity } from '../store/entities/upstream-tool.entity.js';
import { Store } from '../store/store.js';
import type { KeptOffer } from './kept-offer.js';
import type { Pin } from './tool-pins.js';

/** Rows that one statement writes. */
const BATCH = 200;
/** What a list changes of a tool that was there. */
const SEEN = ['approved', 'pending', 'listed', 'asks', 'last_seen_at'];
/** Somebody may have approved another definition meanwhile, elsewhere or just now; what was seen before must not undo that. */
const IS_OF_THIS_APPROVAL = 'upstream_tools.hash = EXCLUDED.hash';

/** What the store knows of an upstream. */
export interface KeptUpstream {
  readonly pins: Pin[];
  readonly offer: KeptOffer | undefined;
}

/** Definitions over restarts. What can't be written waits in memory until the store is back. */
@Injectable()
export class PinStore {
  private readonly logger = new Logger('Upstreams');
  private readonly tools = new Map<string, UpstreamToolEntity>();
  private readonly dropped = new Map<string, { readonly upstream: string; readonly tool: string }>();
  private readonly offers = new Map<string, UpstreamOfferEntity>();
  private lastTurn: Promise<void> = Promise.resolve();
  private isOpen = false;
  private adopt: (kept: ReadonlyMap<string, KeptUpstream>) => void = () => undefined;

  constructor(
    private readonly store: Store,
    private readonly changes: StoreChanges,
  ) {}

  /**
   * Has `adopt` run with what the store knows, whenever it comes up and when it is found to know more: something was
   * approved elsewhere, or seen there first. Only when it is up is anything written.
   */
  onReady(adopt: (kept: ReadonlyMap<string, KeptUpstream>) => void): void {
    this.adopt = adopt;
    this.changes.follow('definitions', async () => adopt(await this.load()));
    this.store.onReady(async () => {
      adopt(await this.load());
      this.isOpen = true;
      this.write();
    });
  }

  keepPins(upstream: string, pins: readonly Pin[]): void {
    for (const pin of pins) {
      this.tools.set(keyOf(upstream, pin.tool), { upstream, ...pin });
      this.dropped.delete(keyOf(upstream, pin.tool));
    }
    if (pins.length > 0) this.write();
  }

  dropPins(upstream: string, tools: readonly string[]): void {
    for (const tool of tools) {
      this.tools.delete(keyOf(upstream, tool));
      this.dropped.set(keyOf(upstream, tool), { upstream, tool });
    }
    if (tools.length > 0) this.write();
  }

  keepOffer(upstream: string, offer: KeptOffer): void {
    this.offers.set(upstream, { upstream, offer, seenAt: new Date() });
    this.write();
  }

  /** Rejects with `unavailable` where the store is away. */
  async savePin(upstream: string, pin: Pin): Promise<void> {
    await this.changes.make('definitions', () =>
      this.store.run((manager) => manager.upsert(UpstreamToolEntity, { upstream, ...pin }, ['upstream', 'tool'])),
    );
    // what still waits to be written is of before
    this.tools.delete(keyOf(upstream, pin.tool));
  }

  /** What waits to be written of these tools becomes what they are now: the store knows more of them than was known then. */
  renewWaiting(upstream: string, pins: readonly Pin[]): void {
    for (const pin of pins) {
      const key = keyOf(upstream, pin.tool);
      if (this.tools.has(key)) this.tools.set(key, { upstream, ...pin });
    }
  }

  /** What is known of one upstream that came while the gateway runs. */
  async of(upstream: string): Promise<KeptUpstream> {
    return (await this.load({ upstream })).get(upstream) ?? { pins: [], offer: undefined };
  }

  /** With the upstream itself, in one transaction. */
  static async delete(manager: EntityManager, upstream: string): Promise<void> {
    await manager.delete(UpstreamToolEntity, { upstream });
    await manager.delete(UpstreamOfferEntity, { upstream });
  }

  /** Drops what is held of an upstream that was deleted, and what was written of it until it was stopped. */
  async forget(upstream: string): Promise<void> {
    for (const [key, row] of this.tools) if (row.upstream === upstream) this.tools.delete(key);
    for (const [key, row] of this.dropped) if (row.upstream === upstream) this.dropped.delete(key);
    this.offers.delete(upstream);
    await this.settled();
    try {
      await this.store.run((manager) => PinStore.delete(manager, upstream));
    } catch (error) {
      this.logger.warn(`What ${upstream} offered last may still be in the store: ${(error as Error).message}`);
    }
  }

  /** Resolves when what waits is written, or can't be. */
  settled(): Promise<void> {
    return this.lastTurn;
  }

  private async load(where: { upstream?: string } = {}): Promise<Map<string, KeptUpstream>> {
    const [tools, offers] = await this.store.run((manager) =>
      Promise.all([
        manager.find(UpstreamToolEntity, { where, order: { firstSeenAt: 'ASC', tool: 'ASC' } }),
        manager.find(UpstreamOfferEntity, { where }),
      ]),
    );
    const kept = new Map<string, KeptUpstream>();
    for (const { upstream, offer } of offers) kept.set(upstream, { pins: [], offer: offer as KeptOffer });
    for (const { upstream, ...pin } of tools) {
      const one = kept.get(upstream) ?? { pins: [], offer: undefined };
      one.pins.push(pin as Pin);
      kept.set(upstream, one);
    }
    return kept;
  }

  private write(): void {
    if (!this.isOpen) return;
    this.lastTurn = this.lastTurn
      .then(() => this.writeAll())
      .catch((error: unknown) => {
        this.logger.warn(`Definitions wait in memory for the store: ${(error as Error).message}`);
      });
  }

  private async writeAll(): Promise<void> {
    const tools = [...this.tools.entries()];
    let isBehind = false;
    for (let from = 0; from < tools.length; from += BATCH) {
      const batch = tools.slice(from, from + BATCH);
      const written = await this.store.run((manager) =>
        manager
          .createQueryBuilder()
          .insert()
          .into(UpstreamToolEntity)
          .values(batch.map(([, row]) => row))
          .orUpdate(SEEN, ['upstream', 'tool'], { overwriteCondition: { where: IS_OF_THIS_APPROVAL } })
          .returning('tool')
          .execute(),
      );
      isBehind ||= (written.raw as unknown[]).length < batch.length;
      for (const [key, row] of batch) if (this.tools.get(key) === row) this.tools.delete(key);
    }
    if (isBehind) this.adopt(await this.load());
    const dropped = [...this.dropped.entries()];
    for (let from = 0; from < dropped.length; from += BATCH) {
      // what came back meanwhile stays
      const batch = dropped.slice(from, from + BATCH).filter(([key, row]) => this.dropped.get(key) === row);
      if (batch.length === 0) continue;
      await this.store.run((manager) =>
        manager.delete(
          UpstreamToolEntity,
          batch.map(([, row]) => row),
        ),
      );
      for (const [key, row] of batch) if (this.dropped.get(key) === row) this.dropped.delete(key);
    }
    for (const [key, row] of this.offers) {
      await this.store.run((manager) => manager.upsert(UpstreamOfferEntity, row, ['upstream']));
      if (this.offers.get(key) === row) this.offers.delete(key);
    }
  }
}

function keyOf(upstream: string, tool: string): string {
  return `${upstream}\n${tool}`;
}
