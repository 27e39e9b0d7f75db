import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { KeptCallers } from '../../access/kept-callers.js';
import { asOperationError } from '../../errors/error-table.js';
import { keptError } from '../approvals/kept-outcome.js';
import { ticketIn } from '../approvals/ticket.js';
import type { CallResult } from '../call-result.js';
import { OperationExecutor } from '../operation-executor.js';
import type { TakenCall } from './background-call.js';
import { BackgroundNews } from './background-news.js';
import { BackgroundSettings } from './background.settings.js';
import { CallsHere } from './calls-here.js';
import { RunningCall } from './running-call.js';
import { TurnRows } from './turn-rows.js';

/** How soon one is taken that nobody has told of: of a gateway that is gone, or one that had to wait. */
const LOOK_EVERY_MS = 2_000;
/** Of a lease: so that two renewals may fail. */
const RENEWALS = 3;
/** Where a call could not begin and nothing says when it can. */
const AGAIN_AFTER_MS = 5_000;
/** With each time that it could not begin it rests for twice as long, up to the longest. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 30_000;
/** A decision that is made meanwhile is seen as soon as any. */
const LOOK_AT_APPROVAL_MS = 1_000;
const SAVE_AGAIN_AFTER_MS = 1_000;

/** Takes calls from the queue in the store and runs them, each as its caller's call like any other. */
@Injectable()
export class BackgroundWorker {
  private readonly logger = new Logger('Background');
  private readonly running = new Map<RunningCall, Promise<void>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly ended = new AbortController();
  private taking: Promise<void> | undefined;
  private isDue = false;

  constructor(
    private readonly rows: TurnRows,
    private readonly executor: OperationExecutor,
    private readonly callers: KeptCallers,
    private readonly news: BackgroundNews,
    private readonly settings: BackgroundSettings,
    private readonly here: CallsHere,
  ) {
    here.onReturn(() => this.renew());
    news.on('due', () => this.look());
    news.on('cancelled', (id) => {
      for (const call of this.running.keys()) if (call.taken.id === id) call.stop('cancelled');
    });
  }

  start(): void {
    if (this.ended.signal.aborted) return;
    this.timers.push(
      setInterval(() => this.look(), LOOK_EVERY_MS).unref(),
      setInterval(() => void this.renew(), this.settings.leaseMs / RENEWALS).unref(),
    );
    this.look();
  }

  /** Takes no more, and leaves to the others what they can go on with. What must not run twice goes on to its end. */
  async stop(): Promise<void> {
    this.ended.abort();
    await this.taking;
    const moving = [...this.running].filter(([call]) => call.canMove);
    for (const [call] of moving) call.stop('handed over');
    await Promise.all(moving.map(([, run]) => run));
  }

  /** Once the last call has ended. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  private look(): void {
    if (this.timers.length === 0) return;
    this.isDue = true;
    this.taking ??= this.takeAll().finally(() => (this.taking = undefined));
  }

  private async takeAll(): Promise<void> {
    try {
      while (this.isDue && !this.ended.signal.aborted && this.running.size < this.settings.places) {
        this.isDue = false;
        const taken = await this.rows.take(this.busyCallers());
        if (!taken) continue;
        this.isDue = true;
        const call = new RunningCall(taken, this.rows, this.settings.timeoutMs);
        const run = this.run(call).finally(() => {
          this.running.delete(call);
          this.here.delete(taken);
          this.look();
        });
        this.running.set(call, run);
        this.here.add(taken);
      }
    } catch (error) {
      // the store is away
      if (!(error instanceof OperationError)) this.logger.error('Taking calls failed', (error as Error).stack);
    }
  }

  /** Whoever has half of the places leaves the other half to others. */
  private busyCallers(): string[] {
    const counts = new Map<string, number>();
    for (const { taken } of this.running.keys()) counts.set(taken.callerId, (counts.get(taken.callerId) ?? 0) + 1);
    const most = Math.ceil(this.settings.places / 2);
    return [...counts].filter(([, count]) => count >= most).map(([id]) => id);
  }

  private async run(call: RunningCall): Promise<void> {
    const { taken } = call;
    try {
      const result = await this.execute(call, taken);
      await this.save(() => this.rows.finish(taken, 'done', { result }));
    } catch (cause) {
      await this.save(() => this.account(call, asOperationError(cause)));
    }
    this.news.tell('ended', taken.id);
  }

  private async execute(call: RunningCall, { call: kept, operation, approval }: TakenCall): Promise<CallResult> {
    if (!kept) throw new OperationError('failed', 'This call was kept under a secret that is gone; start it again');
    const origin = call.originFor(this.callers.now(kept.caller, call.hasBegun), kept);
    const input = approval === undefined ? kept.arguments : { ...kept.arguments, ticket: approval };
    return this.executor.execute(operation, input, origin);
  }

  /** Writes down what becomes of a call whose run has not come to a result. */
  private async account(call: RunningCall, error: OperationError): Promise<void> {
    const { taken, stopped } = call;
    const approval = ticketIn(error);
    if (call.isUnsure) await this.rows.unbegin(taken);
    if (stopped === 'taken over') return;
    if (stopped === 'cancelled') return this.rows.finish(taken, 'cancelled');
    if (stopped === 'handed over') return this.giveBack(taken, 0);
    if (approval !== undefined) return this.giveBack(taken, LOOK_AT_APPROVAL_MS, approval);
    const isPassing = error.kind === 'limited' || error.kind === 'unavailable';
    if (!call.hasBegunHere && isPassing) return this.giveBack(taken, againAfterMs(taken, error));
    // aborted by the stop of this gateway
    if (this.ended.signal.aborted && error.kind === 'unavailable') return this.rows.finish(taken, 'interrupted');
    return this.rows.finish(taken, 'failed', keptError(error));
  }

  private async giveBack(taken: TakenCall, inMs: number, approval?: string): Promise<void> {
    await this.rows.giveBack(taken, inMs, approval);
    this.news.tell('due', taken.id);
  }

  /** Again and again while the store is away: what has run must not be run again. */
  private async save(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        this.logger.warn(`How a call in the background ended waits for the store: ${(error as Error).message}`);
        if (this.ended.signal.aborted) return;
        await sleep(SAVE_AGAIN_AFTER_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
      }
    }
  }

  private async renew(): Promise<void> {
    const calls = [...this.running.keys()];
    if (calls.length === 0) return;
    for (const call of calls) this.judge(call);
    try {
      const told = calls.map(({ taken: { id, attempt }, progress }) => ({ id, attempt, progress }));
      const ours = new Map((await this.rows.renew(told)).map((each) => [each.id, each]));
      for (const call of calls) {
        const mine = ours.get(call.taken.id);
        // one that has ended meanwhile is nobody's
        if (!mine && this.running.has(call)) call.stop('taken over');
        if (mine?.cancelled) call.stop('cancelled');
        await call.saveCheckpoint();
      }
    } catch (error) {
      this.logger.debug(`Calls in the background are not renewed: ${(error as Error).message}`);
    }
  }

  /** Ends the run of a caller who could not call any more. */
  private judge(call: RunningCall): void {
    const kept = call.taken.call;
    try {
      if (kept) this.callers.now(kept.caller, call.hasBegun);
    } catch (error) {
      call.stop('caller gone', asOperationError(error));
    }
  }
}

/** As late as it was told, and later each time: what is refused again and again costs as much as what runs. */
function againAfterMs({ attempt }: TakenCall, { details }: OperationError): number {
  const restMs = Math.min(FIRST_REST_MS * 2 ** (attempt - 1), LONGEST_REST_MS);
  return Math.max(details.retryAfterMs ?? AGAIN_AFTER_MS, restMs);
}
