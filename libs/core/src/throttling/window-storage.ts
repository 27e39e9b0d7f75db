import type { ThrottlerStorage } from '@nestjs/throttler';
import { ActiveKeys } from './active-keys.js';
import { SlidingWindow, wholeMs } from './sliding-window.js';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Where @nestjs/throttler counts; its own storage keeps the time of every hit and reads them all for each request. */
export class WindowStorage implements ThrottlerStorage {
  private readonly windows = new Map<number, ActiveKeys<SlidingWindow>>();
  private refused = 0;

  /** Requests that were refused since the start. */
  get refusals(): number {
    return this.refused;
  }

  /** `ttl` is the length of the window in milliseconds; the times of the answer are seconds, as the guard takes them. */
  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const now = wholeMs();
    const window = this.windowsOf(ttl).findOrCreate(key, now);
    const retryAfterMs = window.retryAfterMs(limit, now);
    if (retryAfterMs === 0) window.add(1, limit, now);
    else this.refused += 1;
    return {
      totalHits: window.used(now),
      timeToExpire: window.resetMs(now) / 1_000,
      isBlocked: retryAfterMs > 0,
      timeToBlockExpire: retryAfterMs / 1_000,
    };
  }

  private windowsOf(ttl: number): ActiveKeys<SlidingWindow> {
    let windows = this.windows.get(ttl);
    if (!windows) {
      windows = new ActiveKeys(() => new SlidingWindow(ttl));
      this.windows.set(ttl, windows);
    }
    return windows;
  }
}
