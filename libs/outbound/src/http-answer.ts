import type { IncomingHttpHeaders } from 'node:http';
import { OperationError } from '#libs/kit';
import { retryAfterMs } from './retries.js';

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case. The body is inflated, whatever `content-encoding` and `content-length` say. */
  readonly headers: IncomingHttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

/** An answer whose body was read. */
export class HttpAnswer implements AnswerHead {
  constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    readonly url: URL,
    readonly body: Buffer,
  ) {}

  /** Milliseconds after which the other side wants to be asked again, where it says so by `Retry-After`. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.headers['retry-after']);
  }

  /** The body as UTF-8. */
  text(): string {
    return this.body.toString('utf8');
  }

  /** Throws `failed` where the body is no JSON. */
  json(): unknown {
    try {
      return JSON.parse(this.text());
    } catch (cause) {
      throw new OperationError('failed', `The answer, with status ${this.status}, is no JSON`, {}, { cause });
    }
  }
}
