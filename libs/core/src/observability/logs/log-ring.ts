import { ByteChunks, type KeptBytes } from '../byte-chunks.js';
import type { LogEntry } from './log-entry.js';
import { entriesOf, type LogLines } from './log-lines.js';

const MAX_ENTRIES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Entries as the ring keeps them, for as long as it does. */
export class KeptLines {
  constructor(
    private kept: KeptBytes | undefined,
    readonly count: number,
  ) {}

  /** None where newer ones have taken their place. */
  entries(): LogEntry[] {
    return this.kept ? entriesOf({ json: this.kept.bytes, count: this.count }) : [];
  }

  /** Gives their memory back, and answers how much it was. */
  forget(chunks: ByteChunks): number {
    const { kept } = this;
    if (!kept) return 0;
    this.kept = undefined;
    chunks.release(kept);
    return kept.bytes.length;
  }
}

/** The newest entries, in memory. They are kept as the lines that were written, and become entries for who reads them. */
export class LogRing {
  private kept: KeptLines[] = [];
  private entries = 0;
  private bytes = 0;
  private readonly chunks = new ByteChunks();

  /** Keeps a copy. */
  push({ json, count }: LogLines): KeptLines {
    const lines = new KeptLines(this.chunks.keep(json), count);
    this.kept.push(lines);
    this.entries += count;
    this.bytes += json.length;
    this.forgetOldest();
    return lines;
  }

  /** From the newest to the oldest. */
  *newest(): Generator<LogEntry> {
    let left = MAX_ENTRIES;
    for (const lines of this.kept.toReversed()) {
      for (const entry of lines.entries().reverse()) {
        if (left === 0) return;
        left -= 1;
        yield entry;
      }
    }
  }

  private forgetOldest(): void {
    let passed = 0;
    for (const lines of this.kept) {
      if (this.entries - lines.count < MAX_ENTRIES && this.bytes <= MAX_BYTES) break;
      this.entries -= lines.count;
      this.bytes -= lines.forget(this.chunks);
      passed += 1;
    }
    if (passed > 0) this.kept.splice(0, passed);
  }
}
