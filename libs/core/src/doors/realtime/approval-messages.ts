import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RealtimeAnswer } from '#libs/kit';
import { ShownApprovals } from '../../admin/shown-approval.js';
import { ApprovalAnswers } from '../../execution/approvals/approval-answers.js';
import { originOf } from './call-origin.js';
import type { Client } from './client.js';
import type { Message } from './messages.js';

/** Answers to calls that wait for a person, by the rules of `/admin/approvals`. */
@Injectable()
export class ApprovalMessages {
  constructor(
    private readonly answers: ApprovalAnswers,
    private readonly shown: ShownApprovals,
  ) {}

  async answer(client: Client, message: Message<'answer_approval'>): Promise<RealtimeAnswer<'answer_approval'>> {
    const { id, decision, note } = message;
    const approval = await this.answers.answer(id, decision, note, originOf(client, randomUUID()));
    return { ok: true, approval: this.shown.of(approval) };
  }
}
