import { describe, expect, it } from 'vitest';
import { Redactor } from '../redaction.js';
import { GatewayLogger } from './gateway-logger.js';
import type { LogEntry } from './log-entry.js';
import type { Log } from './log.js';

/** The entries of what was told as an error. */
function entriesOf(...told: unknown[]): LogEntry[] {
  const entries: LogEntry[] = [];
  const log = { writes: () => true, write: (entry: LogEntry) => entries.push(entry) };
  new GatewayLogger(log as unknown as Log, new Redactor([])).error(told[0], ...told.slice(1));
  return entries;
}

describe('an error', () => {
  it('is told by its first line, and its stack apart', () => {
    const stack = 'Error: no\n    at run (node:internal/x:1:2)';
    expect(entriesOf(stack)).toEqual([expect.objectContaining({ message: 'Error: no', stack })]);
    expect(entriesOf('no', stack, 'Calls')).toEqual([
      expect.objectContaining({ message: 'no', stack, context: 'Calls' }),
    ]);
  });

  it('of very many lines is read at once', () => {
    const startedAt = performance.now();
    expect(entriesOf('\n'.repeat(200_000))).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
