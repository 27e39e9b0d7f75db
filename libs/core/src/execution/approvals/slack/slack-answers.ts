import { Injectable, Logger } from '@nestjs/common';
import { OperationError, type Caller, isUrl } from '#libs/kit';
import { NamedOrigin } from '#libs/outbound';
import { isExpired } from '../../../access/key-record.js';
import { NamedKeys } from '../../../access/named-keys.js';
import { Policy } from '../../../access/policy/policy.js';
import { asOperationError } from '../../../errors/error-table.js';
import type { CallOrigin } from '../../call-context.js';
import { ApprovalAnswers } from '../approval-answers.js';
import { whisper } from './slack-message.js';
import { SlackPosts } from './slack-posts.js';
import type { SlackPress } from './slack-press.js';
import { SlackQuestions } from './slack-questions.js';
import { SlackSettings } from './slack.settings.js';

const SLACK = 'https://hooks.slack.com';
const MESSAGE = 'a message in Slack';

/** Answers approvals for people who press a button in Slack, each as the key that the configuration says. */
@Injectable()
export class SlackAnswers {
  private readonly logger = new Logger('Approvals');

  constructor(
    private readonly settings: SlackSettings,
    private readonly keys: NamedKeys,
    private readonly policy: Policy,
    private readonly answers: ApprovalAnswers,
    private readonly questions: SlackQuestions,
    private readonly posts: SlackPosts,
  ) {}

  /** Never rejects for what the person can be told: that goes to Slack. */
  async answer(press: SlackPress, origin: Omit<CallOrigin, 'caller'>): Promise<void> {
    const { member, decision, approvalId } = press;
    try {
      const caller = this.callerOf(member);
      const through = `Slack member ${member}`;
      const approval = await this.answers.answer(approvalId, decision, undefined, { ...origin, caller }, through);
      this.reply(press, this.questions.answerTo(approval));
    } catch (cause) {
      const error = asOperationError(cause);
      if (error.kind === 'internal') this.logger.error(error.cause);
      this.logger.warn(`${member} of Slack could not answer ${approvalId.slice(0, 40)}: ${error.message}`);
      this.reply(press, whisper(error.message));
      await this.showAnswered(press);
    }
  }

  /** Where somebody else has answered meanwhile, the message says so from now on. */
  private async showAnswered(press: SlackPress): Promise<void> {
    const approval = await this.answers.get(press.approvalId).catch(() => undefined);
    if (approval && approval.state !== 'pending') this.reply(press, this.questions.answerTo(approval));
  }

  private callerOf(member: string): Caller {
    const { approvers } = this.settings;
    const name = Object.hasOwn(approvers, member) ? approvers[member] : undefined;
    const record = name === undefined ? undefined : this.keys.find(name);
    if (!record || isExpired(record)) {
      throw new OperationError(
        'forbidden',
        'You are nobody here: approvals.slackApprovers names no key that you have.',
      );
    }
    if (record.networks) {
      throw new OperationError('forbidden', 'Your key is bound to networks, and nobody knows where you press buttons.');
    }
    this.policy.requireAct(record.caller, 'approve', 'approvals');
    return record.caller;
  }

  private reply({ responseUrl }: SlackPress, json: unknown): void {
    const { url } = this.settings;
    if (responseUrl === undefined || !isUrl(responseUrl)) return;
    const { origin } = new URL(responseUrl);
    const isOwn = url !== undefined && origin === new URL(url).origin;
    if (!isOwn && origin !== SLACK) {
      this.logger.warn('A message in Slack is not updated: its address is not one of Slack');
      return;
    }
    const policy = isOwn ? new NamedOrigin(MESSAGE, url) : 'open';
    this.posts.send({ to: MESSAGE, url: responseUrl, policy, json });
  }
}
