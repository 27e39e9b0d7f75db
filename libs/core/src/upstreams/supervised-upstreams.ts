import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Breakers } from '#libs/outbound';
import { ConfiguredUpstreams } from './configured-upstreams.js';
import { Openers } from './openers.js';
import { PinStore } from './pin-store.js';
import { SupervisedUpstream } from './supervised-upstream.js';
import type { UpstreamConfig } from './upstream-config.js';
import { Upstreams, type UpstreamChange } from './upstream.js';
import { UpstreamsSettings } from './upstreams.settings.js';

/** All upstreams of the gateway. `Gateway` starts them when it is up itself. */
@Injectable()
export class SupervisedUpstreams extends Upstreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly byName = new Map<string, SupervisedUpstream>();
  private readonly listeners = new Set<(change: UpstreamChange) => void>();
  private isStarted = false;

  constructor(
    private readonly configured: ConfiguredUpstreams,
    private readonly settings: UpstreamsSettings,
    private readonly openers: Openers,
    private readonly pins: PinStore,
    private readonly breakers: Breakers,
  ) {
    super();
  }

  onModuleInit(): void {
    for (const config of this.configured.read()) this.add(config);
    this.pins.onReady((kept) => {
      for (const { name, keeper } of this.all()) keeper.adopt(kept.get(name) ?? { pins: [], offer: undefined });
    });
  }

  /** In the background: upstreams that don't answer delay nobody. */
  start(): void {
    this.isStarted = true;
    for (const upstream of this.all()) upstream.start();
  }

  /** Nothing of them is left when it resolves. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStarted = false;
    await Promise.all(this.all().map((upstream) => upstream.stop()));
    await this.pins.settled();
  }

  all(): readonly SupervisedUpstream[] {
    return [...this.byName.values()];
  }

  find(name: string): SupervisedUpstream | undefined {
    return this.byName.get(name);
  }

  onChange(listener: (change: UpstreamChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(config: UpstreamConfig): void {
    const upstream = new SupervisedUpstream({
      config,
      open: this.openers.for(config),
      store: this.pins,
      breakers: this.breakers,
      timings: this.settings,
      onChange: (change) => {
        for (const listener of this.listeners) listener(change);
      },
    });
    this.byName.set(config.name, upstream);
    if (this.isStarted) upstream.start();
  }
}
