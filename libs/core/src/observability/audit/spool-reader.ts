import { open } from 'node:fs/promises';
import type { AuditSpool } from './audit-spool.js';
import { jsonOf, linesOf, type Written } from './recent-lines.js';
import { readLine, type ChainHead, type Segment, type SpooledLine } from './spool-segment.js';

/** Lines of one chain, in their order, as the store takes them. */
export interface SpooledLines {
  /** One by one. */
  readonly lines: readonly (SpooledLine & { text: string })[];
  /** All of them as a JSON array. */
  readonly json: string | Buffer;
  /** Undefined where there are none. */
  readonly firstSeq: number | undefined;
  readonly last: ChainHead | undefined;
}

/** The next lines of the spool, and how much of it they take. */
export interface SpooledBatch extends SpooledLines {
  /** Texts that are no lines: someone wrote into the spool. */
  readonly damaged: readonly string[];
  readonly segment: Segment;
  readonly bytes: number;
  /** When the first was written, in milliseconds since 1970; undefined where that can't be read. */
  readonly since: number | undefined;
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
      const recent = this.spool.recent.from(segment.number, this.offset);
      if (recent.length > 0) return recentBatch(segment, recent);
      const texts = await this.texts(segment, this.offset);
      if (texts.length > 0) return batchOf(segment, texts);
      if (!isFinal) return undefined;
      // what is left of it was torn off by a crash
      this.spool.backlogBytes -= segment.size - this.offset;
      this.offset = undefined;
      this.spool.dropOldest();
    }
  }

  done({ bytes, segment }: SpooledBatch): void {
    this.offset = (this.offset ?? 0) + bytes;
    this.spool.recent.dropBefore(segment.number, this.offset);
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

/** What was written by this gateway needs no look at each line. */
function recentBatch(segment: Segment, writes: readonly Written[]): SpooledBatch {
  return {
    get lines() {
      return linesOf(writes);
    },
    json: jsonOf(writes),
    firstSeq: writes[0]?.firstSeq,
    last: writes.at(-1)?.last,
    damaged: [],
    segment,
    bytes: writes.reduce((sum, { bytes }) => sum + bytes.length, 0),
    since: writes[0]?.at,
  };
}

/** Lines up to the first one of another chain, which a segment holds only where someone wrote into it. */
function batchOf(segment: Segment, texts: readonly string[]): SpooledBatch {
  const lines: (SpooledLine & { text: string })[] = [];
  const damaged: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text) + 1;
    const line = readLine(text);
    if (line?.replica === segment.replica) lines.push({ ...line, text });
    else damaged.push(text);
  }
  return { ...together(lines), damaged, segment, bytes, since: timeIn(lines[0]?.body ?? '') };
}

/** Lines that were told one by one. */
export function together(lines: SpooledLines['lines']): SpooledLines {
  const json = `[${lines.map(({ text }) => text).join(',')}]`;
  return { lines, json, firstSeq: lines[0]?.seq, last: lines.at(-1) };
}

function timeIn(body: string): number | undefined {
  const time = /^"time":"([^"]+)"/.exec(body)?.[1];
  return time === undefined ? undefined : Date.parse(time);
}
