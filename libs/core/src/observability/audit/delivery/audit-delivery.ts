import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { auditItem } from '../audit-item.js';
import type { AuditSink } from './audit-sink.js';
import type { Waiting, WaitingLines } from './waiting-lines.js';

const LOOK_EVERY_MS = 1_000;
const SLOWEST_RETRY_MS = 15_000;

/** How far a try has come. */
type Step = 'reading' | 'sending' | 'sent';

/** Sends the audit to one sink, for as long as the gateway runs. No call waits for it. */
export class AuditDelivery {
  /** Lines that the sink has taken from this gateway. */
  delivered = 0;
  private readonly logger = new Logger('Audit');
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  /** Wall time of the oldest line that waits. */
  private waitingSince: number | undefined;
  /** Tries in a row that have failed. */
  private failures = 0;

  constructor(
    private readonly sink: AuditSink,
    private readonly waiting: WaitingLines,
  ) {}

  get name(): AuditSink['name'] {
    return this.sink.name;
  }

  /** Age of the oldest line in the store that the sink has not taken; 0 where another gateway sends. */
  get lagSeconds(): number {
    return this.waitingSince === undefined ? 0 : Math.max(0, Date.now() - this.waitingSince) / 1_000;
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const isMore = await this.sendSome().catch(() => false);
      if (!isMore) await sleep(this.pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private get pauseMs(): number {
    return Math.min(LOOK_EVERY_MS * 2 ** this.failures, SLOWEST_RETRY_MS);
  }

  /** Whether there may be more. Rejects where the sink fails, or the store. */
  private async sendSome(): Promise<boolean> {
    let step = 'reading' as Step;
    const send = async ({ lines, lost }: Waiting) => {
      const [oldest] = lines;
      if (!oldest) return 0;
      this.waitingSince = Date.parse(oldest.time);
      if (lost > 0) this.logger.error(`${lost} lines of the audit were deleted before ${this.sink.name} had them`);
      step = 'sending';
      const taken = await this.sink.deliver(lines.map(auditItem), this.stopped.signal).catch((error: unknown) => {
        this.noteFailure(`The audit can't be sent to ${this.sink.name} (${reasonOf(error)}); it waits in the store`);
        throw error;
      });
      step = 'sent';
      return taken;
    };
    let sent: number | undefined;
    try {
      sent = await this.waiting.take(this.sink.name, send);
    } catch (error) {
      this.noteStoreFailure(step, error);
      throw error;
    }
    if (step === 'sent') this.noteSuccess();
    if (sent === undefined || sent === 0) this.waitingSince = undefined;
    this.delivered += sent ?? 0;
    return sent !== undefined && sent > 0;
  }

  /** A store that is away, or refuses writes, says so itself; what comes twice of it is told here. */
  private noteStoreFailure(step: Step, error: unknown): void {
    const { name } = this.sink;
    if (step === 'sent') {
      this.noteFailure(
        `The store could not note what ${name} has taken of the audit (${reasonOf(error)}); it is sent again`,
      );
    } else if (step === 'reading' && !(error instanceof OperationError)) {
      this.noteFailure(`The audit can't be read for ${name} (${reasonOf(error)})`);
    }
  }

  /** Of several in a row the first is told. */
  private noteFailure(what: string): void {
    if (this.stopped.signal.aborted) return;
    this.failures += 1;
    if (this.failures === 1) this.logger.warn(what);
  }

  private noteSuccess(): void {
    if (this.failures > 0) this.logger.log(`The audit is sent to ${this.sink.name} again`);
    this.failures = 0;
  }
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return code ?? message;
}
