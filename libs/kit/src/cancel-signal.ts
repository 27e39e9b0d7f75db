/** What ends work early, as far as most work has to know. An AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** There once it is aborted. */
  readonly reason: Error;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
