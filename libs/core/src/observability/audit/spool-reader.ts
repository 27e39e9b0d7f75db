import { open } from 'node:fs/promises';
import type { AuditSpool } from './audit-spool.js';
import { readLine, type Segment, type SpooledLine } from './spool-segment.js';

/** Lines of one chain, in their order, and where in the spool they end. */
export interface SpooledBatch {
  lines: (SpooledLine & { text: string })[];
  /** Texts that are no lines: someone wrote into the spool. */
  damaged: string[];
  segment: Segment;
  bytes: number;
}

const MAX_LINES = 500;
/** What that many lines usually take; and what one may, that nobody would write who means well. */
const USUAL_BYTES = 2 ** 18;
const MOST_BYTES = 2 ** 20;

/** Reads the spool from its oldest line on, and gives up what the store has. */
export class SpoolReader {
  /** In the oldest segment. */
  private offset: number | undefined;

  constructor(private readonly spool: AuditSpool) {}

  /** The next lines; undefined when there are none. Reading again without `done` gives the same. */
  async next(): Promise<SpooledBatch | undefined> {
    for (;;) {
      const segment = this.spool.segments[0];
      if (!segment) return undefined;
      const isFinal = this.spool.segments.length > 1; // asked before reading: nothing is added to it then
      this.offset ??= segment.start;
      const texts = await this.texts(segment, this.offset);
      if (texts.length > 0) return batchOf(segment, texts);
      if (!isFinal) return undefined;
      // what is left of it was torn off by a crash
      this.spool.backlogBytes -= segment.size - this.offset;
      this.offset = undefined;
      this.spool.dropOldest();
    }
  }

  done({ bytes }: SpooledBatch): void {
    this.offset = (this.offset ?? 0) + bytes;
    this.spool.backlogBytes -= bytes;
  }

  private async texts(segment: Segment, offset: number, most = USUAL_BYTES): Promise<string[]> {
    const left = Math.min(most, segment.size - offset);
    if (left <= 0) return [];
    const file = await open(segment.path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(left), 0, left, offset);
      const end = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
      if (end === 0) return left === USUAL_BYTES ? await this.texts(segment, offset, MOST_BYTES) : [];
      return buffer.toString('utf8', 0, end - 1).split('\n', MAX_LINES);
    } finally {
      await file.close();
    }
  }
}

/** Lines up to the first one of another chain, which a segment holds only where someone wrote into it. */
function batchOf(segment: Segment, texts: readonly string[]): SpooledBatch {
  const batch: SpooledBatch = { lines: [], damaged: [], segment, bytes: 0 };
  for (const text of texts) {
    batch.bytes += Buffer.byteLength(text) + 1;
    const line = readLine(text);
    if (line?.replica === segment.replica) batch.lines.push({ ...line, text });
    else batch.damaged.push(text);
  }
  return batch;
}
