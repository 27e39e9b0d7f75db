import { ByteChunks, type KeptBytes } from '../byte-chunks.js';
import { readLine, type ChainHead, type SpooledLine } from './spool-segment.js';

/** Lines of one write to the spool. */
export interface Written extends KeptBytes {
  /** Number of the segment, and where in it they begin. */
  readonly segment: number;
  readonly offset: number;
  readonly firstSeq: number;
  /** The last of them. */
  readonly last: ChainHead;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** More are not kept while the store is away: they are in the spool. */
const MOST_BYTES = 4 * 2 ** 20;
/** What the store takes at once. */
export const BATCH_BYTES = 2 ** 18;
const BATCH_LINES = 500;
/** As much, with its brackets. */
const USUAL_ARRAY = BATCH_BYTES + 2;

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** What was just written to the spool, as its bytes: the store gets it from here, so that it is not read and taken apart again. */
export class RecentLines {
  private writes: Written[] = [];
  private size = 0;
  private chunks = new ByteChunks();

  /** Keeps a copy of the bytes. */
  add({ segment, offset, bytes, firstSeq, last, at }: Omit<Written, 'chunk'>): void {
    if (this.size + bytes.length > MOST_BYTES) this.forgetAll();
    this.writes.push({ segment, offset, ...this.chunks.keep(bytes), firstSeq, last, at });
    this.size += bytes.length;
  }

  /** What was written from a place on, as much as goes to the store at once; nothing where that is not kept. */
  from(segment: number, offset: number): Written[] {
    const start = this.writes.findIndex((each) => each.segment === segment && each.offset === offset);
    if (start === -1) return [];
    const batch: Written[] = [];
    let bytes = 0;
    for (const written of this.writes.slice(start)) {
      bytes += written.bytes.length;
      const lines = written.last.seq - (batch[0] ?? written).firstSeq + 1;
      const isMore = written.segment !== segment || bytes > BATCH_BYTES || lines > BATCH_LINES;
      if (isMore && batch.length > 0) break;
      batch.push(written);
    }
    return batch;
  }

  /** Forgets what comes before a place; what `from` has answered of it is used no more. */
  dropBefore(segment: number, offset: number): void {
    const left = this.writes.findIndex((each) => each.segment > segment || each.offset >= offset);
    for (const written of this.writes.splice(0, left === -1 ? this.writes.length : left)) {
      this.size -= written.bytes.length;
      this.chunks.release(written);
    }
  }

  /** The store may be about to take some of them: their memory is not used again. */
  private forgetAll(): void {
    this.writes = [];
    this.size = 0;
    this.chunks = new ByteChunks();
  }
}

/** Lines as a JSON array, in memory that the next one is written to. */
export class JsonArray {
  private memory: Buffer | undefined;

  of(writes: readonly Written[]): Buffer {
    const size = writes.reduce((sum, { bytes }) => sum + bytes.length, 2);
    const json = this.memoryFor(size);
    json[0] = OPEN;
    let end = 1;
    for (const { bytes } of writes) end += bytes.copy(json, end);
    // no line holds one: in JSON's texts it is escaped
    for (let at = json.indexOf(NEWLINE); at !== end - 1; at = json.indexOf(NEWLINE, at + 1)) json[at] = COMMA;
    json[end] = CLOSE;
    return json;
  }

  /** Whoever has the last one may not be done with it. */
  leave(): void {
    this.memory = undefined;
  }

  /** With some of its own each would wait for the garbage collector while many come; only few are longer than usual. */
  private memoryFor(bytes: number): Buffer {
    if (bytes > USUAL_ARRAY) return Buffer.allocUnsafe(bytes);
    this.memory ??= Buffer.allocUnsafeSlow(USUAL_ARRAY);
    return this.memory.subarray(0, bytes);
  }
}

/** Lines one by one, for when they can't go together. */
export function linesOf(writes: readonly Written[]): (SpooledLine & { text: string })[] {
  const texts = writes.flatMap(({ bytes }) => bytes.toString('utf8', 0, bytes.length - 1).split('\n'));
  return texts.flatMap((text) => {
    const line = readLine(text);
    return line ? { ...line, text } : [];
  });
}
