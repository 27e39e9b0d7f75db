import type { HttpResponse } from '#libs/kit';

/** A call that ends by the client's word, or by its leaving where it can't come back. */
export class CancellableCall {
  /** Made for the first: most calls are over before anybody listens. */
  private listeners: Set<() => void> | undefined;
  private cancelled = false;

  get isCancelled(): boolean {
    return this.cancelled;
  }

  cancel(): void {
    this.cancelled = true;
    for (const listener of this.listeners ?? []) listener();
  }

  onCancel(listener: () => void): () => void {
    const listeners = (this.listeners ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Ends the call when the response closes before it was answered; the answer stops that. */
  follow(response: HttpResponse, canBeResumed: () => boolean = () => false): () => void {
    const closed = () => {
      if (!response.writableFinished && !canBeResumed()) this.cancel();
    };
    if (response.destroyed) closed();
    response.once('close', closed);
    return () => response.off('close', closed);
  }
}
