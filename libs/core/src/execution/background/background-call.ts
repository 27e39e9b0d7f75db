import { randomBytes } from 'node:crypto';
import type { BackgroundState, DoorName } from '#libs/kit';
import type { KeptCaller } from '../../access/kept-callers.js';
import type { KeptOutcome } from '../approvals/kept-outcome.js';

/** What is kept of a call so that any gateway can run it. */
export interface KeptCall {
  readonly caller: KeptCaller;
  readonly arguments: Record<string, unknown>;
  /** Of the request that has started it. */
  readonly door: DoorName;
  readonly requestId: string;
  readonly traceparent: string | undefined;
}

export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** A call that outlives its request, as its caller may know it. */
export interface BackgroundCall {
  /** The ticket. */
  readonly id: string;
  readonly state: BackgroundState;
  readonly operation: string;
  readonly approval: string | undefined;
  readonly progress: Progress | undefined;
  readonly outcome: KeptOutcome | undefined;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly expiresAt: Date;
}

/** One that this gateway has taken to run. */
export interface TakenCall {
  readonly id: string;
  /** Tells this run from any other. */
  readonly attempt: number;
  readonly operation: string;
  readonly callerId: string;
  /** Undefined where it was sealed under a secret that is gone. */
  readonly call: KeptCall | undefined;
  readonly repeatable: boolean;
  /** By an earlier run, whose gateway is gone. */
  readonly began: boolean;
  readonly approval: string | undefined;
  readonly checkpoint: unknown;
}

export function newTicket(): string {
  return `bgr_${randomBytes(16).toString('hex')}`;
}
