import type { CancelSignal } from '#libs/kit';

export type { CancelSignal };

/**
 * Ends work early, as an AbortController does. One of those with its signal and a listener takes 5 µs, a tenth of a whole
 * request, and hardly any request is ended early.
 */
export class Cancellation implements CancelSignal {
  aborted = false;
  declare reason: Error;
  private readonly listeners: (() => void)[] = [];

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.listeners.splice(0)) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const place = this.listeners.indexOf(listener);
    if (place !== -1) this.listeners.splice(place, 1);
  }
}
