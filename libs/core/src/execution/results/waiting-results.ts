import type { KeptResult } from './kept-result.js';

interface Waiting {
  readonly result: KeptResult;
  /** By performance.now(). */
  readonly expiresAt: number;
}

/** Compressed. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Results in memory until the store has them. */
export class WaitingResults {
  private readonly byId = new Map<string, Waiting>();
  private bytes = 0;

  /** False where there is no room. */
  add(result: KeptResult, ttlMs: number): boolean {
    this.dropExpired();
    if (this.bytes + result.data.byteLength > MAX_BYTES) return false;
    this.byId.set(result.id, { result, expiresAt: performance.now() + ttlMs });
    this.bytes += result.data.byteLength;
    return true;
  }

  remove(id: string): void {
    const waiting = this.byId.get(id);
    if (!waiting) return;
    this.byId.delete(id);
    this.bytes -= waiting.result.data.byteLength;
  }

  find(id: string, callerId: string): KeptResult | undefined {
    this.dropExpired();
    const result = this.byId.get(id)?.result;
    return result?.callerId === callerId ? result : undefined;
  }

  /** With the milliseconds that each is still to be kept. */
  all(): { result: KeptResult; leftMs: number }[] {
    this.dropExpired();
    const now = performance.now();
    return [...this.byId.values()].map(({ result, expiresAt }) => ({ result, leftMs: expiresAt - now }));
  }

  private dropExpired(): void {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.byId) if (expiresAt <= now) this.remove(id);
  }
}
