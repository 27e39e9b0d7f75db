import { Injectable, Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { conflict } from '../../errors/protocol-error.js';
import { AuditedActs } from '../../observability/audit/audited-acts.js';
import { AuditTrail } from '../../observability/audit/audit-trail.js';
import type { CallOrigin } from '../call-context.js';
import { isSamePerson, personOf, type Approval, type ApprovalState, type Decision } from './approval.js';
import { ApprovalEvents } from './approval-events.js';
import { ApprovalRows } from './approval-rows.js';
import { WaitingApprovals } from './waiting-approvals.js';

/** As which operation the audit has what people answer. */
const ANSWER = 'gateway.answer-approval';

/** What people see of calls that need approval, and how they answer. */
@Injectable()
export class ApprovalAnswers {
  private readonly logger = new Logger('Approvals');

  constructor(
    private readonly rows: ApprovalRows,
    private readonly waiting: WaitingApprovals,
    private readonly audit: AuditTrail,
    private readonly acts: AuditedActs,
    private readonly events: ApprovalEvents,
  ) {}

  list(count: number, state?: ApprovalState, after?: { createdAt: Date; id: string }): Promise<Approval[]> {
    return this.rows.list(count, state, after);
  }

  /** Throws `unknown`. */
  async get(id: string): Promise<Approval> {
    const approval = await this.rows.find(id);
    if (approval) return approval;
    throw new OperationError('unknown', 'There is no approval of this id');
  }

  /**
   * Decides, once, for everybody. Throws `unknown`, `forbidden` for whoever asks for the approval, whichever of their keys
   * they answer with, and a conflict where it is decided or expired already. `through` says by which way it came, for the
   * audit.
   */
  async answer(
    id: string,
    decision: Decision,
    note: string | undefined,
    origin: CallOrigin,
    through?: string,
  ): Promise<Approval> {
    this.audit.requireRoom();
    const given = { id, decision, ...(note !== undefined && { note }), ...(through !== undefined && { through }) };
    await this.acts.run(ANSWER, given, origin, () => this.decide(id, decision, note, origin));
    this.waiting.wake(id);
    const answered = await this.get(id);
    this.events.tell(answered);
    return answered;
  }

  private async decide(
    id: string,
    decision: Decision,
    note: string | undefined,
    { caller }: CallOrigin,
  ): Promise<void> {
    const { asker, operation } = await this.get(id);
    const approver = personOf(caller);
    if (isSamePerson(asker, approver)) {
      throw new OperationError(
        'forbidden',
        'Nobody may answer for a call of their own, nor for one of another key of the same owner. ' +
          'Ask somebody else who holds the permission approve.',
        { permission: 'approve' },
      );
    }
    if (!(await this.rows.decide(id, decision, approver, note))) {
      const { state, decidedBy } = await this.get(id);
      throw conflict(
        state === 'expired' ? 'It has expired' : `${decidedBy?.subject ?? 'Somebody'} has answered it already`,
      );
    }
    this.logger.log(`${caller.id} answered ${decision} to ${id}, a call of ${operation} by ${asker.id}`);
  }
}
