import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { isSigned, MAX_AGE_SECONDS } from './slack-signature.js';
import { SlackSettings } from './slack.settings.js';

const PATH = '/approvals/slack';
/** A signature is good for its age either way. */
const REMEMBERED_MS = 2 * MAX_AGE_SECONDS * 1_000;

/** Tells what Slack sends from what others do. */
@Injectable()
export class SlackCallbacks {
  /** Signatures that were taken, and until when they are remembered; oldest first. */
  private readonly taken = new Map<string, number>();

  constructor(private readonly settings: SlackSettings) {}

  takes(path: string): boolean {
    return path === PATH && this.settings.signingSecret !== undefined;
  }

  /** Throws `unauthenticated` for a body that Slack did not sign just now, or that came before; `not-configured`. */
  require(body: unknown, headers: IncomingHttpHeaders): asserts body is Buffer {
    const { signingSecret } = this.settings;
    if (signingSecret === undefined) throw notConfigured();
    const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers;
    if (!Buffer.isBuffer(body) || !isSigned(signingSecret, body, timestamp, signature)) throw notSlack();
    if (!this.isNew(String(signature))) throw notSlack();
  }

  private isNew(signature: string): boolean {
    const now = Date.now();
    for (const [old, until] of this.taken) {
      if (until > now) break;
      this.taken.delete(old);
    }
    if (this.taken.has(signature)) return false;
    this.taken.set(signature, now + REMEMBERED_MS);
    return true;
  }
}

function notSlack(): OperationError {
  return new OperationError(
    'unauthenticated',
    'This was not signed by Slack within the last five minutes, or came before. See that the signing secret is that of the app.',
  );
}

function notConfigured(): OperationError {
  return new OperationError('not-configured', 'Approvals are not answered from Slack here', {
    missing: ['APPROVALS_SLACK_SIGNING_SECRET'],
  });
}
