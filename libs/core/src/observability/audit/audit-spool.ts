import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { canonicalText, FIRST_HASH, nextHash } from './audit-line.js';
import { SpoolDisk } from './spool-disk.js';
import {
  earlierSegment,
  headerText,
  lineText,
  readSegment,
  segmentPath,
  segmentsIn,
  type ChainHead,
  type Segment,
} from './spool-segment.js';

interface SpoolLimits {
  readonly fsync: boolean;
  readonly spoolMaxBytes: number;
}

/** The lines of one turn of the event loop, which are one write. */
interface Batch {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: OperationError) => void;
}

const LARGEST_SEGMENT = 8 * 2 ** 20;
const LOOK_EVERY_MS = 1_000;
/** How long an answer waits for its line while the disk refuses it. */
const PATIENCE_MS = 5_000;
const WARN_AT = 0.8;
const LOW_SPACE = 256 * 2 ** 20;

/**
 * The account's first place: files in the data directory to which lines are only added. A line is in the operating
 * system's hands before its answer leaves, so it outlives the gateway's process. The store gets the lines from here.
 */
export class AuditSpool {
  /** Oldest first; the last one is written to. */
  readonly segments: Segment[] = [];
  /** Bytes of lines that wait for the store. */
  backlogBytes = 0;
  private readonly logger = new Logger('Audit');
  private readonly reserve: string;
  private head: ChainHead = { replica: '', seq: 0, hash: FIRST_HASH };
  /** As far as it is written. */
  written = this.head;
  private file: number | undefined;
  /** Written next. */
  private text = '';
  private batch: Batch | undefined;
  private isScheduled = false;
  private trouble: string | undefined;
  private warned = { budget: false, space: false };
  private spaceUsed = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly flushSoon = () => this.flush();

  constructor(
    private readonly directory: string,
    private readonly limits: SpoolLimits,
    private readonly disk = new SpoolDisk(),
  ) {
    this.reserve = join(directory, 'reserve');
  }

  /** The replica's id: made once for a data directory, new where what it had written is gone. */
  get replica(): string {
    return this.head.replica;
  }

  /** How full the place for waiting lines is, from 0 to 1. */
  get usage(): number {
    return Math.max(this.backlogBytes / this.limits.spoolMaxBytes, this.spaceUsed, this.trouble === undefined ? 0 : 1);
  }

  /** Finds where the chain stands and begins a new segment. Throws what the file system throws. */
  open(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.head = this.recover() ?? this.newHead();
    this.written = this.head;
    this.beginSegment();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    this.look();
  }

  /** Throws `unavailable` where a line could not be kept: then nothing may run. */
  requireRoom(): void {
    if (this.trouble !== undefined) throw noRoom(this.trouble);
    if (this.backlogBytes >= this.limits.spoolMaxBytes) throw noRoom('too much of it waits for the store');
  }

  /** Resolves when the line is written. Rejects where it could not be in time; it is then written as soon as it can be. */
  append(body: string): Promise<void> {
    const { replica, seq, hash: previous } = this.head;
    const canonical = canonicalText(replica, seq + 1, body);
    const hash = nextHash(previous, canonical);
    this.head = { replica, seq: seq + 1, hash };
    this.text += lineText(hash, canonical);
    this.batch ??= newBatch();
    const { promise } = this.batch;
    if (this.file === undefined) this.giveUp();
    else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(this.flushSoon);
    }
    return promise;
  }

  /** Begins another chain in this directory, for lines whose places in the old one are taken. */
  beginChain(): void {
    this.flush();
    if (this.text !== '') throw noRoom(this.trouble ?? 'it is busy');
    this.head = this.newHead();
    this.written = this.head;
    this.beginSegment();
  }

  /** Called when the store has what a segment holds. */
  dropOldest(): void {
    const segment = this.segments.shift();
    if (segment) rmSync(segment.path, { force: true });
  }

  /** Keeps texts that are no lines, for a person to look at. */
  setAside(texts: readonly string[]): void {
    this.logger.error(
      `${texts.length} damaged lines of the audit’s spool were put aside, into damaged.jsonl beside it`,
    );
    appendFileSync(join(this.directory, 'damaged.jsonl'), texts.map((text) => `${text}\n`).join(''), { mode: 0o600 });
  }

  close(): void {
    if (this.file === undefined) return;
    clearInterval(this.timer);
    this.flush();
    this.giveUp();
    this.disk.close(this.file);
    this.file = undefined;
  }

  private flush(): void {
    this.isScheduled = false;
    if (this.text === '' || this.file === undefined) return;
    const data = Buffer.from(this.text);
    try {
      this.write(data);
    } catch (error) {
      this.noteTrouble(error);
      this.waitForRoom();
      return;
    }
    this.text = '';
    this.written = this.head;
    this.backlogBytes += data.length;
    const { batch } = this;
    this.batch = undefined;
    if (batch) this.settle(batch, this.file);
    if (this.active.size >= this.segmentBytes) this.rotate();
  }

  private settle(batch: Batch, file: number): void {
    if (!this.limits.fsync) {
      batch.resolve();
      return;
    }
    this.disk.sync(file).then(batch.resolve, (error: unknown) => {
      this.noteTrouble(error);
      batch.reject(notRecorded());
    });
  }

  /** Writes to the active segment, on a full disk into the place that the reserve was keeping. */
  private write(data: Buffer): void {
    try {
      this.writeOnce(data);
    } catch (error) {
      if (!isFull(error) || !this.disk.giveUpReserve(this.reserve)) throw error;
      this.noteTrouble(error);
      this.writeOnce(data);
    }
  }

  private writeOnce(data: Buffer): void {
    const { file, active } = this;
    if (file === undefined) return;
    // what a failed write has left at its end
    if (this.trouble !== undefined && !this.disk.isWhole(file, active.size)) this.beginSegment();
    this.disk.append(this.file ?? file, data, this.active.size);
    this.active.size += data.length;
  }

  private rotate(): void {
    try {
      this.beginSegment();
    } catch (error) {
      this.noteTrouble(error); // the segment grows on
    }
  }

  private beginSegment(): void {
    const number = (this.segments.at(-1)?.number ?? 0) + 1;
    const path = segmentPath(this.directory, number);
    rmSync(path, { force: true });
    const file = this.disk.create(path);
    const header = Buffer.from(headerText(number, this.written));
    try {
      this.disk.append(file, header, 0);
    } catch (error) {
      this.disk.close(file);
      rmSync(path, { force: true });
      throw error;
    }
    if (this.file !== undefined) this.disk.close(this.file);
    this.file = file;
    this.segments.push({ number, path, replica: this.head.replica, size: header.length, start: header.length });
  }

  /** The segments of earlier runs, and where the last one's chain stands. */
  private recover(): ChainHead | undefined {
    const files = segmentsIn(this.directory);
    let last: ReturnType<typeof readSegment>;
    while (!last) {
      const file = files.pop();
      if (!file) return undefined;
      last = readSegment(file.number, file.path, this.disk.read(file.path));
      if (!last) rmSync(file.path); // begun when the gateway was killed
    }
    const earlier = files.flatMap(({ number, path }) => earlierSegment(number, path) ?? []);
    this.segments.push(...earlier, last.segment);
    for (const { size, start } of this.segments) this.backlogBytes += size - start;
    if (last.intact) return last.head;
    this.logger.error('The last line of the audit’s spool is damaged; a new chain begins');
    return undefined;
  }

  private newHead(): ChainHead {
    const replica = randomBytes(6).toString('hex');
    writeFileSync(join(this.directory, 'replica'), `${replica}\n`, { mode: 0o600 });
    return { replica, seq: 0, hash: FIRST_HASH };
  }

  /** Each second: tries to heal, and warns long before there is no room. */
  private look(): void {
    try {
      this.flush();
      this.disk.makeReserve(this.reserve);
      if (this.text === '' && this.trouble !== undefined) {
        this.trouble = undefined;
        this.logger.log('The audit can be written again; calls are taken');
      }
      this.warnOfFullness();
    } catch (error) {
      this.noteTrouble(error);
    }
  }

  private warnOfFullness(): void {
    this.warn('budget', this.backlogBytes / this.limits.spoolMaxBytes >= WARN_AT, () => {
      const share = Math.round((this.backlogBytes / this.limits.spoolMaxBytes) * 100);
      return `The audit’s spool is ${share} % full: its lines wait for the store. At 100 % calls are refused.`;
    });
    const { free, all } = this.disk.space(this.directory);
    this.spaceUsed = free < LOW_SPACE && all > 0 ? 1 - free / all : 0;
    this.warn('space', free < LOW_SPACE, () => {
      return `The audit’s disk has ${Math.round(free / 2 ** 20)} MiB left. Without space calls are refused.`;
    });
  }

  private warn(what: 'budget' | 'space', holds: boolean, message: () => string): void {
    if (holds && !this.warned[what]) this.logger.warn(message());
    this.warned[what] = holds;
  }

  private noteTrouble(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const trouble = isFull(error) ? 'its disk is full' : 'its disk refuses to be written';
    if (this.trouble !== trouble) {
      this.logger.error(`The audit can't be written (${code}): ${trouble}. New calls are refused until it can.`);
    }
    this.trouble = trouble;
  }

  /** Holds the answers back for a while: `look` may find room. */
  private waitForRoom(): void {
    const { batch } = this;
    if (!batch) return;
    setTimeout(() => {
      if (this.batch === batch) this.giveUp();
    }, PATIENCE_MS).unref();
  }

  /** The answers may not leave; the lines are kept and written when there is room. */
  private giveUp(): void {
    this.batch?.reject(notRecorded());
    this.batch = undefined;
  }

  private get active(): Segment {
    const last = this.segments.at(-1);
    if (!last) throw new Error('The audit’s spool is not open');
    return last;
  }

  private get segmentBytes(): number {
    return Math.min(LARGEST_SEGMENT, this.limits.spoolMaxBytes / 8);
  }
}

function newBatch(): Batch {
  let resolve: Batch['resolve'] = () => undefined;
  let reject: Batch['reject'] = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function noRoom(why: string): OperationError {
  return new OperationError(
    'unavailable',
    `This gateway can't record calls now (${why}), so it runs none. Try again soon; an operator must make room.`,
    { retryable: true, retryAfterMs: 1_000 },
  );
}

function notRecorded(): OperationError {
  return new OperationError(
    'unavailable',
    'The call was made, but it could not be recorded, so its answer is held back. Look at what it did before you repeat it.',
    { retryable: false },
  );
}
