import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ReplicaBus, type Topic } from './replica-bus.js';

const BEAT_EVERY_MS = 1_000;
/** Silence after which a replica counts as gone. */
const GONE_AFTER_MS = 4_000;

const beat: Topic<'here' | 'leaving'> = { name: 'replica' };

/** Which other replicas are there. */
@Injectable()
export class LiveReplicas implements OnModuleInit, BeforeApplicationShutdown {
  /** By their ids, when they were heard last. */
  private readonly heard = new Map<string, number>();
  private readonly listeners = new Set<(id: string) => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly bus: ReplicaBus) {}

  onModuleInit(): void {
    this.bus.on(beat, (told, from) => {
      if (told === 'here') this.heard.set(from, performance.now());
      else this.forget(from);
    });
    // what was not heard while Redis was away says nothing
    this.bus.onReady(() => {
      this.bus.publish(beat, 'here');
      for (const id of this.heard.keys()) this.heard.set(id, performance.now());
    });
    this.timer = setInterval(() => this.tick(), BEAT_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.bus.publish(beat, 'leaving');
  }

  get count(): number {
    return this.heard.size;
  }

  has(id: string): boolean {
    return this.heard.has(id);
  }

  onGone(listener: (id: string) => void): void {
    this.listeners.add(listener);
  }

  private tick(): void {
    if (!this.bus.isReady) return;
    this.bus.publish(beat, 'here');
    const since = performance.now() - GONE_AFTER_MS;
    for (const [id, at] of this.heard) if (at < since) this.forget(id);
  }

  private forget(id: string): void {
    if (this.heard.delete(id)) for (const listener of this.listeners) listener(id);
  }
}
