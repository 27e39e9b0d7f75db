import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { HttpClient } from '#libs/outbound';
import type { Delivery, Notice, NoticeTarget } from './notice.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
/** Answers that may be other ones later. */
const passing = new Set([408, 425, 429]);

/** One try to bring a notice to its target. */
@Injectable()
export class NoticeSender {
  constructor(private readonly http: HttpClient) {}

  /** One that `signal` ends may have arrived all the same: it is to be tried again at once. */
  async send({ body }: Pick<Notice, 'body'>, target: NoticeTarget, signal: AbortSignal): Promise<Delivery> {
    const { url, policy, complete = (given) => given } = target;
    try {
      const answer = await this.http.request({
        url,
        policy,
        method: 'POST',
        json: complete(body),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        redirects: 0,
        signal,
      });
      if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
      const problem = `${policy.name} answered with status ${answer.status}`;
      if (answer.status < 500 && !passing.has(answer.status)) return { kind: 'refused', problem };
      return { kind: 'later', problem, afterMs: answer.retryAfterMs };
    } catch (error) {
      if (signal.aborted) return { kind: 'later', problem: 'the gateway stopped meanwhile', afterMs: 0 };
      if (error instanceof OperationError) return { kind: 'later', problem: error.message };
      throw error;
    }
  }
}
