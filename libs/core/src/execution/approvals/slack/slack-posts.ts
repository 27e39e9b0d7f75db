import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { HttpClient } from '#libs/outbound';
import type { SlackPost } from './slack-post.js';

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;
const TIMEOUT_MS = 10_000;
/** Of an answer, which nobody reads. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Notices to one receiver that wait; the oldest are dropped, since they say the least about now. */
const MAX_WAITING = 200;

/**
 * Sends to Slack in the background: to each address in order, and again while Slack is away. Unlike what is told by
 * `notifications`, a question is of use for minutes, and goes to addresses that Slack makes up for each message.
 */
@Injectable()
export class SlackPosts implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Slack');
  /** What each address is still to get, in its order. */
  private readonly lines = new Map<string, SlackPost[]>();
  private readonly stopping = new AbortController();

  constructor(private readonly http: HttpClient) {}

  /** Never blocks, and never throws: whoever tells something goes on. */
  send(notice: SlackPost): void {
    const line = this.lines.get(notice.url);
    if (!line) {
      const begun = [notice];
      this.lines.set(notice.url, begun);
      void this.empty(notice.url, begun);
      return;
    }
    line.push(notice);
    if (line.length <= MAX_WAITING) return;
    line.shift();
    this.logger.warn(`A notice to ${notice.to} is dropped: ${MAX_WAITING} others wait`);
  }

  /** What was not delivered by now is given up. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async empty(url: string, waiting: SlackPost[]): Promise<void> {
    for (let notice = waiting.shift(); notice && !this.stopping.signal.aborted; notice = waiting.shift()) {
      await this.deliver(notice);
    }
    this.lines.delete(url);
  }

  private async deliver(notice: SlackPost): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.attempt(notice);
      if (failure === undefined) return;
      if (failure.isFinal || attempt === ATTEMPTS) {
        this.logger.error(`A notice to ${notice.to} was not delivered: ${failure.why}`);
        return;
      }
      this.logger.debug(`A notice to ${notice.to} is sent again: ${failure.why}`);
      const waitMs = failure.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
      const { signal } = this.stopping;
      await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  /** Why it did not arrive; undefined where it did. */
  private async attempt({ url, policy, json, headers = {} }: SlackPost): Promise<Failure | undefined> {
    try {
      const answer = await this.http.request({
        method: 'POST',
        url,
        policy,
        json,
        headers,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        redirects: 0,
        signal: this.stopping.signal,
      });
      const { status, retryAfterMs } = answer;
      if (status >= 200 && status < 300) return undefined;
      return { why: `it answered with status ${status}`, isFinal: !mayPass(status), retryAfterMs };
    } catch (error) {
      const { kind, message } = error as OperationError;
      return { why: message, isFinal: kind !== 'unavailable' && kind !== 'deadline', retryAfterMs: undefined };
    }
  }
}

interface Failure {
  readonly why: string;
  /** It would fail again. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number | undefined;
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}
