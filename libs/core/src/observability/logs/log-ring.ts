import type { LogEntry } from './log-entry.js';

const MAX_ENTRIES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** The newest entries, in memory. */
export class LogRing {
  private readonly slots: { entry: LogEntry; bytes: number }[] = [];
  private first = 0;
  private bytes = 0;

  /** `bytes` is what the entry takes as JSON. */
  push(entry: LogEntry, bytes: number): void {
    this.slots.push({ entry, bytes });
    this.bytes += bytes;
    while (this.slots.length - this.first > MAX_ENTRIES || this.bytes > MAX_BYTES) {
      this.bytes -= this.slots[this.first]?.bytes ?? 0;
      this.first += 1;
    }
    // what was dropped is let go in one piece, since to shift the array each time would cost more
    if (this.first > MAX_ENTRIES) {
      this.slots.splice(0, this.first);
      this.first = 0;
    }
  }

  /** From the newest to the oldest. */
  *newest(): Generator<LogEntry> {
    for (let i = this.slots.length - 1; i >= this.first; i -= 1) {
      const slot = this.slots[i];
      if (slot) yield slot.entry;
    }
  }
}
