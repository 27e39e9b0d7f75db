/** From the most to the least important. */
export const levels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

/** By how much a level is less important than the first. */
export const rankOf: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** One line of the log, without secrets. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: Level;
  readonly message: string;
  /** The part of the gateway that tells. */
  readonly context?: string | undefined;
  readonly requestId?: string | undefined;
  readonly stack?: string | undefined;
  readonly [more: string]: unknown;
}
