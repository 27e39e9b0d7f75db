import type { HttpResponse } from '#libs/kit';

/** A call that ends by the client's word, or by its leaving where it can't come back. */
export class CancellableCall {
  /** Made for the first: most calls are over before anybody listens. */
  private listeners: (() => void)[] | undefined;
  private cancelled = false;
  /** By which the client waits now. */
  private response: HttpResponse | undefined;
  private watching: (() => void) | undefined;

  get isCancelled(): boolean {
    return this.cancelled || (this.response !== undefined && this.isLost(this.response));
  }

  /** Whether a client that has lost its response may come back for the answer. */
  protected get canBeResumed(): boolean {
    return false;
  }

  cancel(): void {
    this.cancelled = true;
    for (const listener of [...(this.listeners ?? [])]) listener();
  }

  onCancel(listener: () => void): () => void {
    (this.listeners ??= []).push(listener);
    this.watch();
    return () => {
      this.listeners = this.listeners?.filter((each) => each !== listener);
    };
  }

  /** From now on the call ends when the response closes before it was answered. */
  follow(response: HttpResponse): void {
    this.response = response;
    if (this.listeners) this.watch();
  }

  /** The response has its answer. */
  unfollow(): void {
    const { response, watching } = this;
    if (response && watching) response.off('close', watching);
    this.response = this.watching = undefined;
  }

  /** Only where somebody listens: to follow a response costs more than to look at it. */
  private watch(): void {
    const { response } = this;
    if (!response || this.watching) return;
    this.watching = () => {
      if (this.isLost(response)) this.cancel();
    };
    response.once('close', this.watching);
    if (response.destroyed) this.watching();
  }

  private isLost({ destroyed, writableFinished }: HttpResponse): boolean {
    return destroyed && !writableFinished && !this.canBeResumed;
  }
}
