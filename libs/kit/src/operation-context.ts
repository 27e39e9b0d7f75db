import type { Caller, DoorName } from './caller.js';
import type { CancelSignal } from './cancel-signal.js';

/** Lines that a service writes about a call; the request id is added by the gateway. */
export interface OperationLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** What an operation knows about the call that it answers. */
export interface OperationContext {
  readonly caller: Caller;
  readonly requestId: string;
  readonly door: DoorName;
  /**
   * Aborts when the deadline passes, the client leaves or the gateway stops; its reason is an OperationError. Hand it to
   * whatever takes time.
   */
  readonly signal: AbortSignal;
  /** What `signal` tells, for what is asked so often that an AbortSignal for each call would show. */
  readonly cancellation: CancelSignal;
  /** Milliseconds left until the deadline, never below 0. */
  readonly remainingMs: number;
  readonly log: OperationLog;
  /**
   * Tells the caller how far the work is, where its door can: `progress` grows with each report, up to `total` where that
   * is known.
   */
  progress(progress: number, total?: number, message?: string): void;
  /**
   * Of a call in the background: keeps where the work is (JSON). From then on the call goes on at another gateway when this
   * one is gone, whether or not it may run twice: it is called once more, with the last checkpoint as `resumedFrom`.
   */
  readonly checkpoint?: ((place: unknown) => Promise<void>) | undefined;
  readonly resumedFrom?: unknown;
  /** What the client wants the answer to hold at most, as it said it: for `StoredResults`, which checks it. */
  readonly resultTokens?: unknown;
  /** W3C trace context of the caller, when one came in. */
  readonly traceparent?: string;
}
