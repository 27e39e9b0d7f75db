import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Breakers } from '#libs/outbound';
import { ConfiguredUpstreams } from './configured-upstreams.js';
import { listKinds } from './offer-keeper.js';
import { Openers } from './openers.js';
import { PinStore } from './pin-store.js';
import { SessionPlaces } from './session-places.js';
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
    private readonly places: SessionPlaces,
  ) {
    super();
    places.serve((name) => this.find(name));
  }

  get sandboxProblem(): string | undefined {
    return this.openers.sandboxProblem;
  }

  onModuleInit(): void {
    for (const config of this.configured.read()) this.byName.set(config.name, this.supervise(config));
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

  /** Whether an upstream or a service has the name. */
  isTaken(name: string): boolean {
    return this.byName.has(name) || this.configured.serviceNames().has(name);
  }

  /** Adds an upstream, or puts it in the place of the one of its name, whose pins it keeps. */
  async put(config: UpstreamConfig): Promise<SupervisedUpstream> {
    const upstream = this.supervise(config);
    const { name } = config;
    const kept = this.byName.get(name)?.keeper.known() ?? (await this.pins.of(name));
    // another one of the name may have come meanwhile, which must not be left running
    const before = this.byName.get(name);
    upstream.keeper.adopt(before?.keeper.known() ?? kept);
    this.byName.set(name, upstream);
    before?.handOver(upstream);
    await before?.stop();
    this.openers.forget(name);
    if (this.isStarted && this.byName.get(name) === upstream) upstream.start();
    this.tellOfAll(config.name);
    return upstream;
  }

  /** Ends an upstream; what was known of it is found again where it comes back. */
  async withdraw(name: string): Promise<void> {
    const upstream = this.byName.get(name);
    this.byName.delete(name);
    await upstream?.stop();
    this.openers.forget(name);
    this.tellOfAll(name);
  }

  /** Ends an upstream and forgets what was known of it. */
  async remove(name: string): Promise<void> {
    await this.withdraw(name);
    await this.pins.forget(name);
  }

  private tellOfAll(upstream: string): void {
    for (const kind of [...listKinds, 'state'] as const) this.tell({ kind, upstream });
  }

  private tell(change: UpstreamChange): void {
    for (const listener of this.listeners) listener(change);
  }

  private supervise(config: UpstreamConfig): SupervisedUpstream {
    return new SupervisedUpstream({
      config,
      open: this.openers.for(config),
      store: this.pins,
      breakers: this.breakers,
      timings: this.settings,
      places: this.places,
      onChange: (change) => this.tell(change),
      authorizationOf: (callerId) => this.openers.authorizationOf(config, callerId),
    });
  }
}
