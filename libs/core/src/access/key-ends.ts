import type { KeyRecord } from './key-record.js';

/** How soon a key's end by the clock is noticed; what hangs on the key is over within a second. */
const WATCH_MS = 500;

/** Tells when a key that was taken is taken no longer: deleted, replaced or expired. */
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
    const isNew = (end: Date | undefined) =>
      end !== undefined && end.getTime() > since && end.getTime() <= this.watchedAt;
    for (const { id, expiresAt, retired } of this.keys()) if (isNew(expiresAt) || isNew(retired?.until)) this.tell(id);
  }
}
