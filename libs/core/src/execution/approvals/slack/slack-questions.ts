import { Injectable } from '@nestjs/common';
import { NamedOrigin } from '#libs/outbound';
import { Catalog } from '../../../catalog/catalog.js';
import type { Approval } from '../approval.js';
import { ExactTexts } from '../exact-texts.js';
import { SlackPosts } from './slack-posts.js';
import { answered, question, type ShownCall } from './slack-message.js';
import { SlackSettings } from './slack.settings.js';

const CHANNEL = 'the Slack channel of approvals';

/** Asks for approval in Slack, where that is configured. */
@Injectable()
export class SlackQuestions {
  constructor(
    private readonly settings: SlackSettings,
    private readonly posts: SlackPosts,
    private readonly catalog: Catalog,
    private readonly exact: ExactTexts,
  ) {}

  ask(approval: Approval): void {
    const { url, signingSecret } = this.settings;
    if (url === undefined) return;
    const json = question(this.shown(approval), signingSecret !== undefined);
    this.posts.send({ to: CHANNEL, url, policy: new NamedOrigin(CHANNEL, url), json });
  }

  /** What takes the place of a question. */
  answerTo(approval: Approval) {
    return answered(this.shown(approval));
  }

  private shown(approval: Approval): ShownCall {
    const { arguments: given, touches, operation } = approval;
    const { value, isMasked } = this.exact.outside({ given, touches });
    return {
      ...approval,
      arguments: value.given,
      touches: value.touches,
      isMasked,
      description: this.catalog.known(operation)?.description,
    };
  }
}
