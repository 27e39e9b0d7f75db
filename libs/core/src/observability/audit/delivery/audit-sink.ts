import type { AuditItem } from '../audit-item.js';

/** Where lines of the audit are sent, besides the store. */
export interface AuditSink {
  readonly name: 'syslog' | 'otlp';
  /** How many of the first of them the other side has taken; rejects when all are to be sent again. */
  deliver(lines: readonly AuditItem[], signal: AbortSignal): Promise<number>;
}

/** What a collector is told of the sender. */
export interface Sender {
  readonly host: string;
  readonly version: string;
}
