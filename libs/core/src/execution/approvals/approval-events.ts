import { Injectable } from '@nestjs/common';
import { LiveEvents } from '../../observability/live/live-events.js';
import type { Approval } from './approval.js';
import { ExactTexts } from './exact-texts.js';
import { SlackQuestions } from './slack/slack-questions.js';

/** Tells of approvals that are asked for, decided and done with. */
@Injectable()
export class ApprovalEvents {
  constructor(
    private readonly live: LiveEvents,
    private readonly exact: ExactTexts,
    private readonly slack: SlackQuestions,
  ) {}

  tell(approval: Approval): void {
    const { id, state, asker, operation, arguments: given, touches, expiresAt } = approval;
    if (state === 'pending') this.slack.ask(approval);
    this.live.publish('approval', {
      id,
      state,
      caller: asker.id,
      operation,
      arguments: given === undefined ? null : this.exact.of(given),
      touches: this.exact.of(touches),
      expiresAt: expiresAt.toISOString(),
    });
  }
}
