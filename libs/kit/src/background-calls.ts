import type { OperationContext } from './operation-context.js';
import type { ToolCall } from './operation.decorator.js';
import type { ErrorDetails, ErrorKind } from './operation-error.js';

/**
 * `interrupted`: its gateway ended in the middle of it, or the store is a restored one, and nobody can tell whether it had its effect; `expired`: it did not
 * come to run in time.
 */
export const backgroundStates = [
  'waiting',
  'running',
  'done',
  'failed',
  'cancelled',
  'interrupted',
  'expired',
] as const;
export type BackgroundState = (typeof backgroundStates)[number];

/** How a call in the background stands. */
export interface BackgroundReport {
  ticket: string;
  /** What was called. */
  operation: string;
  state: BackgroundState;
  /** What this means for whoever asks, and what to do next. */
  note: string;
  createdAt: string;
  /** When it began to run last. */
  startedAt?: string;
  endedAt?: string;
  /** Until when the outcome is kept, or until when it must have begun. */
  expiresAt: string;
  /** How far it is, as far as it tells. */
  progress?: { progress: number; total?: number; message?: string };
  /** Whether a person has to approve it first. */
  needsApproval?: true;
  /** Of one that is done: what the tool answered, within the budget of an answer. */
  result?: unknown;
  /** How to read what was left out of it. */
  truncated?: unknown;
  /** Of one that failed. */
  error?: { kind: ErrorKind; message: string; details: ErrorDetails };
}

/** Calls that outlive the request that asked for them. Injectable by every service. */
export abstract class BackgroundCalls {
  /**
   * Has a call run for its caller, at any gateway over the store. It is checked as if it were made now. Answers its ticket;
   * that of the same call where it is open already.
   */
  abstract start(call: ToolCall, context: OperationContext): Promise<BackgroundReport>;

  /** Waits until it has ended, at most `waitMs`. Rejects with `unknown` for a ticket of no call of this caller. */
  abstract report(ticket: string, waitMs: number, context: OperationContext): Promise<BackgroundReport>;

  /** Ends a call that has not ended. Rejects as `report`. */
  abstract cancel(ticket: string, context: OperationContext): Promise<BackgroundReport>;
}
