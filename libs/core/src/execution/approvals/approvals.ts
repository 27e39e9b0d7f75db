import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { CallLimits } from '../../throttling/call-limits.js';
import type { CallContext, CallOrigin } from '../call-context.js';
import type { CallResult } from '../call-result.js';
import { CallsInFlight } from '../calls-in-flight.js';
import type { Approval } from './approval.js';
import { ApprovalEvents } from './approval-events.js';
import { ApprovalOutcomes } from './approval-outcomes.js';
import { ApprovalRows, isSameCall } from './approval-rows.js';
import { ApprovalRules } from './approval-rules.js';
import { ApprovalsSettings } from './approvals.settings.js';
import { CallStanding } from './call-standing.js';
import { keptError, replay } from './kept-outcome.js';
import { anothersCall, expired, lost, neverRan, refusedBy, stillWaiting, unknownTicket } from './not-approved.js';
import { newTicket } from './ticket.js';
import { touchesOf } from './touches.js';
import { WaitingApprovals } from './waiting-approvals.js';

/** How often a client that follows its call hears that it still waits. */
const TELL_EVERY_MS = 5_000;
/** Beyond its deadline: a call may wait for answers of its client, which the deadline does not count. */
const RUNS_LONGER_MS = 60_000;

/** A call that is to run only when a person says so. */
interface Guarded {
  readonly operation: CatalogOperation;
  readonly input: Record<string, unknown>;
  /** Of an earlier answer. */
  readonly ticket: string | undefined;
  readonly call: CallContext;
  readonly origin: CallOrigin;
}

/** Runs the call for its caller as it is by then. */
type Perform = (origin: CallOrigin) => CallResult | Promise<CallResult>;

/** Has a person decide on calls that need it, and runs what was approved once, however often it is asked for. */
@Injectable()
export class Approvals {
  constructor(
    private readonly rules: ApprovalRules,
    private readonly rows: ApprovalRows,
    private readonly outcomes: ApprovalOutcomes,
    private readonly waiting: WaitingApprovals,
    private readonly limits: CallLimits,
    private readonly inFlight: CallsInFlight,
    private readonly settings: ApprovalsSettings,
    private readonly events: ApprovalEvents,
    private readonly standing: CallStanding,
  ) {}

  requires(operation: CatalogOperation): boolean {
    return this.rules.requires(operation);
  }

  /**
   * Waits for the decision, at most `approvals.waitMs`, and has `perform` run the call if nobody did before. Waiting costs
   * neither the call's deadline nor its place. Rejects with `not-approved` where it does not come to that; while it is
   * open, with its ticket. Rejects with `unauthenticated` or `forbidden` as soon as its caller could not make it anew.
   */
  async run(guarded: Guarded, perform: Perform): Promise<CallResult> {
    const { call, origin } = guarded;
    this.limits.leave(call);
    this.inFlight.leave(call);
    for (;;) {
      const approval = await call.settleUnhurried(() => this.decision(guarded), origin);
      switch (approval.state) {
        case 'approved':
          await this.resume(guarded);
          if (await this.claim(approval.id, guarded)) return this.perform(approval, guarded, perform);
          this.limits.leave(call);
          this.inFlight.leave(call);
          continue;
        case 'done': {
          const outcome = this.outcomes.of(approval);
          if (!outcome) throw lost(approval);
          return replay(outcome, origin.requestId);
        }
        case 'denied':
          throw refusedBy(approval);
        case 'expired':
          throw expired(approval);
        case 'lost':
          throw lost(approval);
        case 'pending':
        case 'running':
          throw stillWaiting(approval);
      }
    }
  }

  /** Nobody waits any longer: the gateway stops, and their tickets are good at the next one. */
  stop(): void {
    this.waiting.stop();
  }

  /** In flight and with a place again, or `limited`: the approval is still to be used then, by the same call anew. */
  private async resume({ operation, call, origin }: Guarded): Promise<void> {
    this.inFlight.enter(call);
    const waiting = this.limits.resume(origin.caller, operation, call);
    if (waiting) await call.settle(waiting, origin);
  }

  private claim(id: string, { call, origin }: Guarded): Promise<boolean> {
    const forMs = call.remainingMs + RUNS_LONGER_MS;
    return origin.background?.beginApproved(id, forMs) ?? this.rows.claim(id, forMs);
  }

  private async perform(approval: Approval, guarded: Guarded, perform: Perform): Promise<CallResult> {
    const { id } = approval;
    const { call } = guarded;
    const origin = await this.originNow(id, guarded);
    let isSpent = false;
    let isOver = false;
    call.onBegin = () => {
      // it may have waited for its back end until it was given up
      if (isOver) throw neverRan();
    };
    try {
      const result = await perform(origin);
      isSpent = true;
      await this.outcomes.keep(id, { result });
      return result;
    } catch (error) {
      isOver = true;
      isSpent = call.hasBegun;
      if (isSpent) await this.outcomes.keep(id, keptError(error));
      else await this.giveBack(id, origin);
      throw error;
    } finally {
      this.waiting.wake(id);
      this.events.tell({ ...approval, state: isSpent ? 'done' : 'approved' });
    }
  }

  /** Nothing has run: the approval stays what it was. */
  private async giveBack(id: string, { background }: CallOrigin): Promise<void> {
    await (background?.unbegin() ?? this.rows.giveBack(id)).catch(() => undefined);
  }

  /** Who runs it now. Where that is nobody any more, nothing runs. */
  private async originNow(id: string, guarded: Guarded): Promise<CallOrigin> {
    try {
      const caller = await this.standing.require(guarded);
      guarded.call.runAs(caller);
      return { ...guarded.origin, caller };
    } catch (error) {
      await this.giveBack(id, guarded.origin);
      this.waiting.wake(id);
      throw error;
    }
  }

  /** The approval as it is when it is decided and does not run, or when patience ends. */
  private async decision(guarded: Guarded): Promise<Approval> {
    const { call } = guarded;
    let approval =
      guarded.ticket === undefined ? await this.ask(guarded) : await this.ofTicket(guarded, guarded.ticket);
    const startedAt = performance.now();
    const waitMs = this.waitMsOf(guarded.origin);
    for (;;) {
      const waitedMs = performance.now() - startedAt;
      const isSettled = approval.state !== 'pending' && approval.state !== 'running';
      if (isSettled || waitedMs >= waitMs || this.waiting.isStopped) return approval;
      call.progress(waitedMs / waitMs, 1, `Waiting for a person to approve it; the ticket is ${approval.id}`);
      const patience = Math.min(TELL_EVERY_MS, waitMs - waitedMs);
      await this.waiting.change(approval.id, patience, call.signal, () => this.standing.endOf(guarded));
      call.signal.throwIfAborted();
      approval = await this.again(approval);
    }
  }

  /** One in the background waits in the queue and holds no place here. */
  private waitMsOf({ background, client }: CallOrigin): number {
    return background ? 0 : Math.min(this.settings.waitMs, client?.approvalWaitMs ?? Infinity);
  }

  private async ask({ operation, input, origin }: Guarded): Promise<Approval> {
    const { caller, door, requestId } = origin;
    const approval = await this.rows.ask({
      id: newTicket(),
      caller,
      door,
      requestId,
      operation: operation.id,
      arguments: input,
      touches: touchesOf(operation, input),
      ttlMs: this.settings.ttlMs,
    });
    // one that was open before is no news
    if (approval.requestId === requestId) this.events.tell(approval);
    return approval;
  }

  private async ofTicket({ operation, input, origin }: Guarded, ticket: string): Promise<Approval> {
    const approval = await this.rows.find(ticket);
    if (approval?.asker.id !== origin.caller.id) throw unknownTicket();
    const isIts = approval.operation === operation.id && approval.arguments && isSameCall(approval.arguments, input);
    if (!isIts) throw anothersCall(approval);
    return approval;
  }

  /** As it is now; as it was, where the store can't tell. */
  private async again(approval: Approval): Promise<Approval> {
    const now = await this.rows.find(approval.id).catch(() => approval);
    return now ?? { ...approval, state: 'expired' };
  }
}
