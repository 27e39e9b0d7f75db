import type { CallClient } from '../../execution/call-client.js';

/** The client of a call that ends when `signal` aborts: by its client's word, or by its leaving. */
export class CallingClient implements CallClient {
  constructor(private readonly signal: AbortSignal) {}

  get isCancelled(): boolean {
    return this.signal.aborted;
  }

  onCancel(listener: () => void): () => void {
    const { signal } = this;
    signal.addEventListener('abort', listener, { once: true });
    return () => {
      signal.removeEventListener('abort', listener);
    };
  }
}

/** One that hears how far an upstream's tool is. */
export class FollowingClient extends CallingClient {
  readonly meta: NonNullable<CallClient['meta']>;

  constructor(
    signal: AbortSignal,
    progressToken: string,
    private readonly progressed: NonNullable<CallClient['progress']>,
  ) {
    super(signal);
    this.meta = { progressToken };
  }

  tell(method: string, { progress, total, message }: Record<string, unknown>): void {
    if (method !== 'notifications/progress' || typeof progress !== 'number') return;
    const known = typeof total === 'number' ? total : undefined;
    const words = typeof message === 'string' ? message : undefined;
    this.progressed(progress, known, words);
  }
}
