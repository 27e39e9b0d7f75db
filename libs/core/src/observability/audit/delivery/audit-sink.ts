import type { AuditItem } from '../audit-item.js';

/** Where lines of the audit are sent, besides the store. */
export interface AuditSink {
  readonly name: 'syslog' | 'otlp';
  /** Resolves when the other side has taken them; rejects when they are to be sent again. */
  deliver(lines: readonly AuditItem[], signal: AbortSignal): Promise<void>;
}

/** What a collector is told of the sender. */
export interface Sender {
  readonly host: string;
  readonly version: string;
}
