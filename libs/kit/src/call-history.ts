import type { Caller } from './caller.js';

/** One call that was made, as the audit has it: its arguments without secrets. */
export interface PastCall {
  /** When it ended, ISO 8601. */
  time: string;
  requestId: string;
  door: string;
  service: string;
  operation: string;
  arguments: unknown;
  outcome: string;
  errorKind?: string;
  durationMs: number;
  bytes: number;
  tokens: number;
}

/** What callers did before. Injectable by every service. */
export abstract class CallHistory {
  /** The caller's own calls, the newest first. Throws `unavailable` while the store is away. */
  abstract of(caller: Caller, limit: number, since?: Date): Promise<PastCall[]>;
}
