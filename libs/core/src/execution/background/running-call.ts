import { Logger } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import type { BackgroundTurn, CallOrigin } from '../call-context.js';
import type { KeptCall, Progress, TakenCall } from './background-call.js';
import type { TurnRows } from './turn-rows.js';

/** Why a run ends before its operation does. */
export type StopReason = 'cancelled' | 'handed over' | 'taken over' | 'caller gone';

/** Of what an operation tells of its progress. */
const MAX_MESSAGE = 300;

/** One call while it runs at this gateway. */
export class RunningCall implements BackgroundTurn {
  readonly resumedFrom: unknown;
  progress: Progress | undefined;
  /** Why it was told to end. */
  stopped: StopReason | undefined;
  /** At any gateway. */
  hasBegun: boolean;
  hasBegunHere = false;
  private readonly logger = new Logger('Background');
  private readonly listeners = new Set<(reason: OperationError) => void>();
  private reason: OperationError | undefined;
  /** Whether the store may have an approved run as begun that has not. */
  isUnsure = false;
  /** With which it began. */
  private approval: string | undefined;
  /** In the store, for whichever gateway comes next. */
  private hasCheckpoint: boolean;
  /** What the store has not taken yet. */
  private unsaved: { place: unknown } | undefined;

  constructor(
    readonly taken: TakenCall,
    private readonly rows: TurnRows,
    readonly timeoutMs: number,
  ) {
    this.resumedFrom = taken.checkpoint;
    this.hasBegun = taken.began;
    this.approval = taken.approval;
    this.hasCheckpoint = taken.checkpoint !== undefined;
  }

  /** Whether another gateway may run it again, or go on with it. */
  get canMove(): boolean {
    return !this.hasBegun || (this.approval === undefined && (this.taken.repeatable || this.hasCheckpoint));
  }

  originFor(caller: Caller, { door, requestId, traceparent, caller: { address } }: KeptCall): CallOrigin {
    return {
      caller,
      door,
      requestId,
      address: address ?? '',
      traceparent,
      background: this,
    };
  }

  async begin(): Promise<void> {
    if (this.hasBegunHere) return;
    if (!(await this.rows.begin(this.taken))) throw notOurs();
    this.noteBegin();
  }

  async beginApproved(approval: string, forMs: number): Promise<boolean> {
    // one that had begun before it needed approval stays so
    this.isUnsure = !this.taken.began;
    const outcome = await this.rows.beginApproved(this.taken, approval, forMs);
    this.isUnsure = false;
    if (outcome === 'not ours') throw notOurs();
    if (outcome === 'used') return false;
    this.approval = approval;
    this.noteBegin();
    return true;
  }

  async unbegin(): Promise<void> {
    this.hasBegun = this.taken.began;
    this.hasBegunHere = false;
    this.isUnsure = !this.taken.began;
    await this.rows.unbegin(this.taken);
    this.isUnsure = false;
  }

  progressed(progress: number, total?: number, message?: string): void {
    this.progress = {
      progress,
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message: message.slice(0, MAX_MESSAGE) }),
    };
  }

  async checkpoint(place: unknown): Promise<void> {
    this.unsaved = { place };
    await this.saveCheckpoint();
  }

  /** Never rejects: what could not be saved is saved with the next renewal. */
  async saveCheckpoint(): Promise<void> {
    const { unsaved } = this;
    if (!unsaved) return;
    try {
      await this.rows.keepCheckpoint(this.taken, unsaved.place);
      this.hasCheckpoint = true;
      if (this.unsaved === unsaved) this.unsaved = undefined;
    } catch (error) {
      this.logger.warn(`How far ${this.taken.id} is waits for the store: ${(error as Error).message}`);
    }
  }

  onStop(listener: (reason: OperationError) => void): () => void {
    if (this.reason) listener(this.reason);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private noteBegin(): void {
    this.hasBegun = true;
    this.hasBegunHere = true;
  }

  stop(why: StopReason, reason: OperationError = stopped(why)): void {
    if (this.stopped) return;
    this.stopped = why;
    this.reason = reason;
    for (const listener of this.listeners) listener(reason);
  }
}

function stopped(why: StopReason): OperationError {
  if (why === 'cancelled') return new OperationError('failed', 'The call was cancelled by its caller');
  return new OperationError('unavailable', `This run of the call ends here: it was ${why}`, { retryable: true });
}

function notOurs(): OperationError {
  return new OperationError('unavailable', 'The call was cancelled, or belongs to another gateway by now');
}
