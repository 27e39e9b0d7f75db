import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SharedRedis } from '../../replicas/shared-redis.js';
import { ActiveKeys } from '../active-keys.js';
import { wholeMs } from '../sliding-window.js';
import { Lease, type Answer, type SharedWindow, type Used } from './lease.js';
import { takeUnits } from './window-script.js';

/** How soon units that were not used belong to all again. */
const TIDY_EVERY_MS = 500;

/**
 * Windows that all replicas count in, as far as Redis is there: units are leased in small blocks, so that a call seldom
 * waits for it. While it is away each replica counts by itself, and tells afterwards what it counted.
 */
@Injectable()
export class SharedWindows implements OnApplicationShutdown {
  private readonly leases = new ActiveKeys<Lease>(() => new Lease(nothing), 50_000);
  /** Of the call that is being counted. */
  private readonly counted: Lease[] = [];
  private readonly tidying = setInterval(() => this.tidy(), TIDY_EVERY_MS).unref();

  constructor(private readonly redis: SharedRedis) {}

  onApplicationShutdown(): void {
    clearInterval(this.tidying);
  }

  /** Whether there is anybody to share with. */
  get isOn(): boolean {
    return this.redis.isConfigured;
  }

  /**
   * Takes a unit of each window: at once where it is leased, or where there is nobody to share with. Else a promise,
   * which tells of a window that holds as much as it may; then nothing is taken.
   */
  take(windows: readonly SharedWindow[]): undefined | Promise<Used | undefined> {
    if (!this.isOn || windows.length === 0) return undefined;
    const now = wholeMs();
    const { isReady } = this.redis;
    const { counted } = this;
    counted.length = 0;
    let isLeased = true;
    for (const window of windows) {
      const lease = this.leaseOf(window, now);
      counted.push(lease);
      isLeased &&= lease.unused(now) > 0;
    }
    if (isReady && !isLeased) return this.takeEach([...counted], now);
    for (const lease of counted) {
      if (!isReady) lease.useAlone();
      else {
        lease.use();
        lease.tell(now);
      }
    }
    return undefined;
  }

  /** For a call that was not made after all. */
  giveBack(windows: readonly SharedWindow[]): void {
    if (!this.redis.isReady) return;
    const now = wholeMs();
    for (const window of windows) this.leaseOf(window, now).giveBack();
  }

  private async takeEach(leases: readonly Lease[], now: number): Promise<Used | undefined> {
    const answers = await Promise.all(leases.map(async (lease) => this.takeOne(lease, now)));
    const used = answers.find((answer) => answer !== undefined);
    if (used) for (const [index, answer] of answers.entries()) if (!answer) leases[index]?.giveBack();
    const then = wholeMs();
    for (const lease of leases) lease.tell(then);
    return used;
  }

  private takeOne(lease: Lease, now: number): Promise<Used | undefined> | undefined {
    if (lease.unused(now) > 0) {
      lease.use();
      return undefined;
    }
    const full = lease.full(now);
    if (full) return Promise.resolve(full);
    return new Promise((resolve) => {
      lease.waiting.push(resolve);
      if (!lease.isAsking) void this.ask(lease);
    });
  }

  /** One question at a time; those who come meanwhile are in the next one. */
  private async ask(lease: Lease): Promise<void> {
    lease.isAsking = true;
    do {
      const askedAt = wholeMs();
      const needed = lease.waiting.length;
      try {
        const answer = await this.redis.runScript(takeUnits, `limit:${lease.key}`, lease.question(askedAt));
        lease.take(answer as Answer, needed, askedAt, wholeMs());
      } catch {
        lease.goOnAlone();
      }
    } while (lease.waiting.length > 0);
    lease.isAsking = false;
  }

  private tidy(): void {
    if (!this.redis.isReady) return;
    const now = wholeMs();
    for (const lease of this.leases.values()) {
      if (lease.isAsking || !lease.hasExpired(now)) continue;
      lease.rest();
      void this.ask(lease);
    }
  }

  private leaseOf(window: SharedWindow, now: number): Lease {
    const lease = this.leases.findOrCreate(window.key, now);
    lease.see(window);
    return lease;
  }
}

const nothing: SharedWindow = { key: '', lengthMs: 1, limit: 1, hear: () => undefined };
