import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Occurred } from '../../observability/live/event-history.js';
import { LiveEvents, type LiveEventName, type Unnumbered } from '../../observability/live/live-events.js';
import { ReplicaBus, type Topic } from '../../replicas/replica-bus.js';
import { Clients } from './clients.js';

interface Told {
  readonly name: LiveEventName;
  readonly occurred: Occurred<Unnumbered<LiveEventName>>;
}

const happened: Topic<Told[]> = { name: 'live events' };
const watching: Topic<true> = { name: 'live events are watched' };

/** What happens in between is told together. */
const TELL_EVERY_MS = 50;
const WATCH_EVERY_MS = 1_000;
/** Silence after which nobody watches there any more. */
const WATCHED_FOR_MS = 3_500;

/** Each replica has upstreams of its own, and each tells only of those. */
const own: ReadonlySet<LiveEventName> = new Set(['upstream']);
/** They come with every call, and are told only where somebody is connected who could follow them. */
const frequent: ReadonlySet<LiveEventName> = new Set(['tool_executed', 'log']);

/** Brings what happens at one replica to the clients of the others. */
@Injectable()
export class ReplicaEvents implements OnModuleInit, OnApplicationShutdown {
  private readonly untold: Told[] = [];
  private telling: NodeJS.Timeout | undefined;
  private saying: NodeJS.Timeout | undefined;
  /** Until when somebody at another replica is to be told of every call. */
  private watchedUntil = 0;
  private wasWatching = false;

  constructor(
    private readonly bus: ReplicaBus,
    private readonly live: LiveEvents,
    private readonly clients: Clients,
  ) {}

  onModuleInit(): void {
    if (!this.bus.isOn) return;
    this.bus.on(watching, () => (this.watchedUntil = performance.now() + WATCHED_FOR_MS));
    this.bus.on(happened, (told) => {
      for (const { name, occurred } of told) this.live.receive(name, occurred);
    });
    this.live.share(
      (name, occurred) => this.tell({ name, occurred }),
      (name) => this.isWanted(name),
    );
    this.saying = setInterval(() => this.say(), WATCH_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.saying);
    clearTimeout(this.telling);
  }

  private say(): void {
    const isWatching = this.clients.size > 0;
    if (isWatching) this.bus.publish(watching, true);
    // what came before was not told here
    if (isWatching && !this.wasWatching) for (const name of frequent) this.live.noteMissed(name);
    this.wasWatching = isWatching;
  }

  private isWanted(name: LiveEventName): boolean {
    if (own.has(name) || !this.bus.isReady) return false;
    return !frequent.has(name) || performance.now() <= this.watchedUntil;
  }

  private tell(told: Told): void {
    if (!this.isWanted(told.name)) return;
    this.untold.push(told);
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.bus.publish(happened, this.untold.splice(0));
    }, TELL_EVERY_MS).unref();
  }
}
