import { open } from 'node:fs/promises';
import type { AuditSpool } from './audit-spool.js';
import { plainLines } from './plain-lines.js';
import { JsonArray, linesOf, type Written } from './recent-lines.js';
import { NEWLINE, readLine, type ChainHead, type Segment, type SpooledLine } from './spool-segment.js';

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
  private readonly json = new JsonArray();
  private isDone = true;

  constructor(private readonly spool: AuditSpool) {}

  /** The next lines; undefined when there are none. Reading again without `done` gives the same. */
  async next(): Promise<SpooledBatch | undefined> {
    // those that were given before may still be on their way to the store
    if (!this.isDone) this.json.leave();
    this.isDone = false;
    for (;;) {
      const segment = this.spool.segments[0];
      if (!segment) return undefined;
      const isFinal = this.spool.segments.length > 1; // asked before reading: nothing is added to it then
      this.offset ??= segment.start;
      const recent = this.spool.recent.from(segment.number, this.offset);
      if (recent.length > 0) return recentBatch(segment, recent, this.json.of(recent));
      const read = await this.wholeLines(segment, this.offset);
      if (read) return batchOf(segment, read);
      if (!isFinal) return undefined;
      // what is left of it was torn off by a crash
      this.spool.backlogBytes -= segment.size - this.offset;
      this.offset = undefined;
      this.spool.dropOldest();
    }
  }

  done({ bytes, segment }: SpooledBatch): void {
    this.isDone = true;
    this.offset = (this.offset ?? 0) + bytes;
    this.spool.recent.dropBefore(segment.number, this.offset);
    this.spool.backlogBytes -= bytes;
  }

  private async wholeLines(segment: Segment, offset: number, most = USUAL_BYTES): Promise<Buffer | undefined> {
    const left = Math.min(most, segment.size - offset);
    if (left <= 0) return undefined;
    const file = await open(segment.path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(left), 0, left, offset);
      const end = buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
      if (end > 0) return buffer.subarray(0, end);
      return left === USUAL_BYTES ? await this.wholeLines(segment, offset, MOST_BYTES) : undefined;
    } finally {
      await file.close();
    }
  }
}

/** What was written by this gateway needs no look at each line. */
function recentBatch(segment: Segment, writes: readonly Written[], json: Buffer): SpooledBatch {
  return {
    get lines() {
      return linesOf(writes);
    },
    json,
    firstSeq: writes[0]?.firstSeq,
    last: writes.at(-1)?.last,
    damaged: [],
    segment,
    bytes: writes.reduce((sum, { bytes }) => sum + bytes.length, 0),
    since: writes[0]?.at,
  };
}

/** Taken apart only where someone wrote into the segment, or where the store does not take them together. */
function batchOf(segment: Segment, read: Buffer): SpooledBatch {
  const plain = plainLines(read, segment.replica, MAX_LINES);
  if (!plain) return parted(segment, read);
  let parts: SpooledBatch | undefined;
  return {
    get lines() {
      return (parts ??= parted(segment, read)).lines;
    },
    get damaged() {
      return parts?.damaged ?? [];
    },
    json: plain.json,
    firstSeq: plain.first.seq,
    last: plain.last,
    segment,
    bytes: plain.bytes,
    since: timeIn(plain.first.body),
  };
}

/** The lines of the segment's chain, and what else stands between them. */
function parted(segment: Segment, read: Buffer): SpooledBatch {
  const lines: (SpooledLine & { text: string })[] = [];
  const damaged: string[] = [];
  let bytes = 0;
  for (let count = 0; count < MAX_LINES && bytes < read.length; count += 1) {
    // cut as bytes: a text that was no UTF-8 has others when it is decoded
    const end = read.indexOf(NEWLINE, bytes);
    const text = read.toString('utf8', bytes, end);
    bytes = end + 1;
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
