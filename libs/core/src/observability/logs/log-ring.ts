import type { LogEntry } from './log-entry.js';
import { entriesOf, type LogLines } from './log-lines.js';

const MAX_ENTRIES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** The newest entries, in memory. They are kept as the lines that were written, and become entries for who reads them. */
export class LogRing {
  private kept: LogLines[] = [];
  private entries = 0;
  private bytes = 0;

  push(lines: LogLines): void {
    this.kept.push(lines);
    this.entries += lines.count;
    this.bytes += lines.json.length;
    let passed = 0;
    for (const { json, count } of this.kept) {
      if (this.entries - count < MAX_ENTRIES && this.bytes <= MAX_BYTES) break;
      this.entries -= count;
      this.bytes -= json.length;
      passed += 1;
    }
    if (passed > 0) this.kept.splice(0, passed);
  }

  /** From the newest to the oldest. */
  *newest(): Generator<LogEntry> {
    let left = MAX_ENTRIES;
    for (const lines of this.kept.toReversed()) {
      for (const entry of entriesOf(lines).reverse()) {
        if (left === 0) return;
        left -= 1;
        yield entry;
      }
    }
  }
}
