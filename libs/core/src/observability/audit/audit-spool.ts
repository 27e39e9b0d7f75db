import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterReading } from '#libs/kit';
import { ChainedLines } from './chained-lines.js';
import { LineBatch, noRoom } from './line-batch.js';
import { BATCH_BYTES, RecentLines } from './recent-lines.js';
import { SpoolAlarm } from './spool-alarm.js';
import { SpoolDisk } from './spool-disk.js';
import { newHead, recoverSpool } from './spool-recovery.js';
import { headerText, segmentPath, type ChainHead, type Segment } from './spool-segment.js';
import { isFull, SpoolTrouble } from './spool-trouble.js';

interface SpoolLimits {
  readonly fsync: boolean;
  readonly spoolMaxBytes: number;
}

const LARGEST_SEGMENT = 8 * 2 ** 20;
const LOOK_EVERY_MS = 1_000;
/** How long an answer waits for its line while the disk refuses it. */
const PATIENCE_MS = 5_000;

/**
 * The account's first place: files in the data directory to which lines are only added. A line is in the operating
 * system's hands before its answer leaves, so it outlives the gateway's process. The store gets the lines from here.
 */
export class AuditSpool {
  /** Oldest first; the last one is written to. */
  readonly segments: Segment[] = [];
  /** Bytes of lines that wait for the store. */
  backlogBytes = 0;
  /** The last of them. */
  readonly recent = new RecentLines();
  private readonly logger = new Logger('Audit');
  private readonly reserve: string;
  private readonly lines = new ChainedLines();
  /** As far as the chain is written. */
  written = this.lines.head;
  private file: number | undefined;
  private batch: LineBatch | undefined;
  private isScheduled = false;
  private readonly trouble = new SpoolTrouble(this.logger);
  private readonly alarm: SpoolAlarm;
  private timer: NodeJS.Timeout | undefined;
  private readonly flushSoon = () => this.flush();
  private onMuch: () => void = () => undefined;
  /** Bytes that were written since it was told. */
  private untold = 0;

  constructor(
    private readonly directory: string,
    private readonly limits: SpoolLimits,
    private readonly disk = new SpoolDisk(),
  ) {
    this.reserve = join(directory, 'reserve');
    this.alarm = new SpoolAlarm(directory, disk, this.logger);
  }

  /** The replica's id: made once for a data directory, new where what it had written is gone. */
  get replica(): string {
    return this.lines.head.replica;
  }

  /** How full the place for waiting lines is, from 0 to 1. */
  get usage(): number {
    return Math.max(this.budgetUsed, this.alarm.diskUsage, this.trouble.why === undefined ? 0 : 1);
  }

  /** Finds where the chain stands and begins a new segment. Throws what the file system throws. */
  open(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const { segments, head, setAside } = recoverSpool(this.directory, this.disk);
    for (const name of setAside) {
      this.logger.error(`A file of the audit’s spool has a damaged header; its lines are kept in ${name} beside it`);
    }
    this.segments.push(...segments);
    for (const { size, start } of segments) this.backlogBytes += size - start;
    if (segments.length > 0 && !head) {
      this.logger.error('The end of the audit’s spool is damaged; a new chain begins');
    }
    this.begin(head ?? newHead(this.directory));
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    this.look();
  }

  /** Calls `listener` each time when so much has been written that it is worth a way to the store. */
  whenMuch(listener: () => void): void {
    this.onMuch = listener;
  }

  /** Throws `unavailable` where a line could not be kept: then nothing may run. */
  requireRoom(): void {
    const { why } = this.trouble;
    if (why !== undefined) throw noRoom(why);
    if (this.backlogBytes >= this.limits.spoolMaxBytes) throw noRoom('too much of it waits for the store');
  }

  /** Resolves when the line is written. Rejects where it could not be in time; it is then written as soon as it can be. */
  append(body: string): Promise<void> {
    this.lines.add(body);
    this.batch ??= new LineBatch();
    const { written } = this.batch;
    if (this.file === undefined) this.giveUp();
    else if (!this.isScheduled) {
      this.isScheduled = true;
      afterReading(this.flushSoon);
    }
    return written;
  }

  /** Throws `unavailable` where a line that came can't be written now. */
  writeAll(): void {
    this.flush();
    if (!this.lines.isEmpty) throw noRoom(this.trouble.why ?? 'it is busy');
  }

  /** Begins another chain in this directory, for lines whose places in the old one are taken. */
  beginChain(): void {
    this.writeAll();
    this.begin(newHead(this.directory));
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

  private begin(head: ChainHead): void {
    this.beginSegment(head);
    this.lines.begin(head);
    this.written = head;
  }

  private flush(): void {
    this.isScheduled = false;
    if (this.file === undefined || this.lines.isEmpty) return;
    const data = this.lines.next();
    try {
      this.write(data);
    } catch (error) {
      this.trouble.note(error);
      this.waitForRoom();
      return;
    }
    const { number: segment, size } = this.active;
    const firstSeq = this.written.seq + 1;
    const last = this.lines.head;
    this.recent.add({ segment, offset: size - data.length, bytes: data, firstSeq, last, at: Date.now() });
    this.lines.clear();
    this.written = last;
    this.backlogBytes += data.length;
    const { batch } = this;
    this.batch = undefined;
    if (batch) this.settle(batch, this.file);
    if (this.active.size >= this.segmentBytes) this.rotate();
    this.tellOf(data.length);
  }

  private tellOf(bytes: number): void {
    this.untold += bytes;
    if (this.untold < BATCH_BYTES) return;
    this.untold = 0;
    this.onMuch();
  }

  private settle(batch: LineBatch, file: number): void {
    if (!this.limits.fsync) {
      batch.resolve();
      return;
    }
    this.disk.sync(file).then(batch.resolve, (error: unknown) => {
      this.trouble.note(error);
      batch.holdBack();
    });
  }

  /** Writes to the active segment, on a full disk into the place that the reserve was keeping. */
  private write(data: Buffer): void {
    try {
      this.writeOnce(data);
    } catch (error) {
      if (!isFull(error) || !this.disk.giveUpReserve(this.reserve)) throw error;
      this.trouble.note(error);
      this.writeOnce(data);
    }
  }

  private writeOnce(data: Buffer): void {
    const { file, active } = this;
    if (file === undefined) return;
    // what a failed write has left at its end
    if (this.trouble.why !== undefined && !this.disk.isWhole(file, active.size)) this.beginSegment();
    this.disk.append(this.file ?? file, data, this.active.size);
    this.active.size += data.length;
  }

  private rotate(): void {
    try {
      this.beginSegment();
    } catch (error) {
      this.trouble.note(error); // the segment grows on
    }
  }

  /** After a line of the chain: the last that is written, or the beginning of another chain. */
  private beginSegment(after = this.written): void {
    const number = (this.segments.at(-1)?.number ?? 0) + 1;
    const path = segmentPath(this.directory, number);
    rmSync(path, { force: true });
    const file = this.disk.create(path);
    const header = Buffer.from(headerText(number, after));
    try {
      this.disk.append(file, header, 0);
    } catch (error) {
      this.disk.close(file);
      rmSync(path, { force: true });
      throw error;
    }
    if (this.file !== undefined) this.disk.close(this.file);
    this.file = file;
    this.segments.push({ number, path, replica: after.replica, size: header.length, start: header.length });
  }

  /** Each second: tries to heal, and warns long before there is no room. */
  private look(): void {
    try {
      this.flush();
      this.disk.makeReserve(this.reserve);
      if (this.lines.isEmpty) this.trouble.over();
      this.alarm.look(this.budgetUsed);
    } catch (error) {
      this.trouble.note(error);
    }
  }

  /** Holds the answers back for a while: `look` may find room. */
  private waitForRoom(): void {
    const { batch } = this;
    if (!batch) return;
    setTimeout(() => {
      if (this.batch === batch) this.giveUp();
    }, PATIENCE_MS).unref();
  }

  private giveUp(): void {
    this.batch?.holdBack();
    this.batch = undefined;
  }

  private get budgetUsed(): number {
    return this.backlogBytes / this.limits.spoolMaxBytes;
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
