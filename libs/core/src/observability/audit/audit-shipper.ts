import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { isRefusedForGood } from '../../store/connection-errors.js';
import type { AuditSpool } from './audit-spool.js';
import type { AuditStore } from './audit-store.js';
import type { CheckpointSeal, Statement } from './checkpoint-seal.js';
import { SpoolReader, together, type SpooledBatch, type SpooledLines } from './spool-reader.js';

/** A chain's place in the store, and its newest checkpoint, which moves on until it has come far enough. */
interface Chain {
  replica: string;
  seq: number;
  /** Whether the store has other lines in the places of this directory's. */
  isForked: boolean;
  /** Up to which line a forked chain was moved to a new one. */
  movedTo: number;
  checkpoint: { number: number; from: number; since: number };
}

const SHIP_EVERY_MS = 500;
const CHECKPOINT_LINES = 1_000;
const CHECKPOINT_MS = 60_000;
const CATCH_UP_MS = 10_000;

/** Carries the lines from the spool into the store, in their order, however long the store was away. */
export class AuditShipper {
  private readonly logger = new Logger('Audit');
  private readonly reader: SpoolReader;
  private chain: Chain | undefined;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Whether the last run has come to its end. */
  private hasShipped = true;
  private hasFailed = false;
  /** Wall time of the oldest line that waits. */
  private waitingSince: number | undefined;

  constructor(
    private readonly spool: AuditSpool,
    private readonly store: AuditStore,
    private readonly seal: CheckpointSeal,
  ) {
    this.reader = new SpoolReader(spool);
  }

  get lagSeconds(): number {
    return this.waitingSince === undefined ? 0 : Math.max(0, Date.now() - this.waitingSince) / 1_000;
  }

  start(): void {
    this.timer = setInterval(() => this.shipSoon(), SHIP_EVERY_MS).unref();
    // the sooner they go, the less memory waits for them; a store that takes none is not asked more often
    this.spool.whenMuch(() => {
      if (this.hasShipped) this.shipSoon();
    });
  }

  /** Brings what is left into the store, within `ms`; the rest waits for the next start. */
  async stop(ms: number): Promise<void> {
    clearInterval(this.timer);
    const over = new AbortController();
    const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.shipWritten().catch(() => undefined), late]);
    over.abort();
  }

  /**
   * Resolves when all that is written by now is in the store. Throws `unavailable` where the store can't be reached or
   * has too much to catch up with.
   */
  async catchUp(): Promise<void> {
    const over = new AbortController();
    const late = sleep(CATCH_UP_MS, 'late' as const, { signal: over.signal }).catch(() => 'late' as const);
    const shipped = this.shipWritten();
    const first = await Promise.race([shipped, late]).finally(() => {
      over.abort();
    });
    if (first !== 'late') return;
    shipped.catch(() => undefined);
    throw new OperationError('unavailable', 'The audit is still being brought into the store. Try again soon.', {
      retryable: true,
      retryAfterMs: CATCH_UP_MS,
    });
  }

  /** A run that is under way may have looked at the spool before the newest lines came. */
  private shipWritten(): Promise<void> {
    return (this.running ?? Promise.resolve()).catch(() => undefined).then(() => this.ship());
  }

  private shipSoon(): void {
    this.ship().catch(() => undefined);
  }

  /** One run at a time, until nothing is left. */
  private ship(): Promise<void> {
    this.running ??= this.shipAll()
      .catch((error: unknown) => {
        this.noteFailure(error);
        throw error;
      })
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Of several failures in a row the first; a store that is away, or refuses writes, says so itself. */
  private noteFailure(error: unknown): void {
    if (!this.hasFailed && !(error instanceof OperationError)) {
      const reason = error instanceof Error ? error.stack : error;
      this.logger.error('The audit can’t be brought into the store; it waits in the spool', reason);
    }
    this.hasFailed = true;
  }

  /** What is there when it begins: what comes meanwhile waits for more of its kind. */
  private async shipAll(): Promise<void> {
    let left = this.spool.backlogBytes;
    this.hasShipped = false;
    while (left > 0) {
      const batch = await this.reader.next();
      if (!batch) break;
      this.waitingSince = batch.since;
      await this.shipBatch(batch);
      this.reader.done(batch);
      left -= batch.bytes;
    }
    this.hasShipped = true;
    this.hasFailed = false;
    this.waitingSince = undefined;
  }

  private async shipBatch(batch: SpooledBatch): Promise<void> {
    const chain = await this.chainOf(batch.segment.replica);
    if (chain.isForked) await this.moveToNewChain(chain, batch.lines);
    else if ((batch.firstSeq ?? 0) > chain.seq) await this.add(chain, batch);
    else await this.add(chain, together(await this.notYetThere(chain, batch.lines)));
    if (batch.damaged.length > 0) this.spool.setAside(batch.damaged);
  }

  private async add(chain: Chain, given: SpooledLines): Promise<void> {
    const { last } = given;
    if (!last) return;
    const { checkpoint } = chain;
    const isFar = last.seq - checkpoint.from >= CHECKPOINT_LINES;
    const isOld = performance.now() - checkpoint.since >= CHECKPOINT_MS;
    const { replica, seq, hash } = last;
    const statement: Statement = { replica, kind: 'head', number: checkpoint.number, seq, hash };
    const sealed = { ...statement, keyId: this.seal.keyId, signature: this.seal.sign(statement) };
    try {
      await this.store.add(given.json, sealed);
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      await this.addEach(chain, given.lines, error);
      return;
    }
    chain.seq = seq;
    if (isFar || isOld) chain.checkpoint = newCheckpoint(checkpoint.number + 1, seq);
  }

  private async addEach(chain: Chain, lines: SpooledLines['lines'], cause: unknown): Promise<void> {
    const [only, ...more] = lines;
    if (only && more.length > 0) {
      for (const line of lines) await this.add(chain, together([line]));
    } else if (only) {
      this.logger.error('The store refuses a line of the audit', cause instanceof Error ? cause.stack : undefined);
      this.spool.setAside([only.text]);
    }
  }

  /** How far the store has come with a chain is asked once; from then on nobody else adds to it. */
  private async chainOf(replica: string): Promise<Chain> {
    if (this.chain?.replica !== replica) {
      const { seq, number } = await this.store.reached(replica);
      this.chain = { replica, seq, isForked: false, movedTo: 0, checkpoint: newCheckpoint(number + 1, seq) };
    }
    return this.chain;
  }

  /** Of lines that the store may have: those that it has not. */
  private async notYetThere(chain: Chain, lines: SpooledLines['lines']): Promise<SpooledLines['lines']> {
    const stored = await this.store.hashes(chain.replica, lines[0]?.seq ?? 0, lines.at(-1)?.seq ?? 0);
    const fork = lines.findIndex(({ seq, hash }) => stored.has(seq) && stored.get(seq) !== hash);
    if (fork === -1) return lines.filter(({ seq }) => seq > chain.seq);
    chain.isForked = true;
    this.logger.warn('The store has other lines in the places of these: the audit goes on in a new chain');
    await this.moveToNewChain(chain, lines.slice(fork));
    return [];
  }

  /** A data directory that is older than the store, such as one that came from a backup, must not write over what is there. */
  private async moveToNewChain(chain: Chain, lines: SpooledLines['lines']): Promise<void> {
    if (this.spool.replica === chain.replica) this.spool.beginChain();
    // one that is not written in time is still on its way there, and must not be added again
    const left = lines.filter(({ seq }) => seq > chain.movedTo);
    chain.movedTo = left.at(-1)?.seq ?? chain.movedTo;
    await Promise.all(left.map(({ body }) => this.spool.append(body)));
    this.spool.writeAll();
  }
}

function newCheckpoint(number: number, from: number): Chain['checkpoint'] {
  return { number, from, since: performance.now() };
}
