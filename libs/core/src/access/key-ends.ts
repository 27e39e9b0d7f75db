import type { KeyRecord } from './key-record.js';

/** How soon a key's end by the clock is noticed; what hangs on the key is over within a second. */
const WATCH_MS = 500;

/**
 * Tells when a key is taken no longer: deleted, replaced at once, or expired. The end of an overlap is no such end: its
 * caller goes on with the key that has replaced it.
 */
export class KeyEnds {
  private readonly listeners = new Set<(keyId: string) => void>();
  private readonly timer = setInterval(() => this.watch(), WATCH_MS).unref();
  /** Wall clock, as expiries are. */
  private watchedAt = Date.now();

  constructor(private readonly keys: () => readonly KeyRecord[]) {}

  onEnd(listener: (keyId: string) => void): void {
    this.listeners.add(listener);
  }

  tell(keyId: string): void {
    for (const listener of this.listeners) listener(keyId);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private watch(): void {
    const since = this.watchedAt;
    this.watchedAt = Date.now();
    for (const { id, expiresAt } of this.keys()) {
      const end = expiresAt?.getTime() ?? 0;
      if (end > since && end <= this.watchedAt) this.tell(id);
    }
  }
}
