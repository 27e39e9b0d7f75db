import { NamedOrigin, type HttpClient } from '#libs/outbound';
import { Logger } from '@nestjs/common';
import type { AuditItem } from '../audit-item.js';
import type { AuditSink, Sender } from './audit-sink.js';
import { otlpLogs } from './otlp-logs.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** A batch that was too large is halved; what is taken may be a quarter more the next time. */
const GROWTH = 1.25;
/** As collectors say it that are gRPC servers within, whatever status they give it. */
const TOO_LARGE = /message larger than max|(?:body|entity|payload) too large/i;

/** Logs over OTLP/HTTP, in JSON. */
export class OtlpSink implements AuditSink {
  readonly name = 'otlp';
  private readonly logger = new Logger('Audit');
  private readonly policy: NamedOrigin;
  /** Lines that the collector takes at once, as far as it has refused more. */
  private mostLines = Infinity;

  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly sender: Sender,
    private readonly http: HttpClient,
  ) {
    this.policy = new NamedOrigin('AUDIT_OTLP_URL', url);
  }

  async deliver(waiting: readonly AuditItem[], signal: AbortSignal): Promise<number> {
    const lines = waiting.slice(0, this.mostLines);
    const answer = await this.http.request({
      url: this.url,
      policy: this.policy,
      method: 'POST',
      headers: this.headers,
      json: otlpLogs(lines, this.sender),
      signal,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      redirects: 0,
    });
    if (lines.length > 1 && isTooLarge(answer.status, answer.text())) {
      this.mostLines = Math.ceil(lines.length / 2);
      return this.deliver(waiting, signal);
    }
    // whatever else it says, the lines are kept until it takes them: a wrong address or credential loses nothing
    if (answer.status < 200 || answer.status > 299) throw new Error(`it answered with status ${answer.status}`);
    const rejected = rejectedIn(answer.text());
    if (rejected > 0) this.logger.error(`The collector of AUDIT_OTLP_URL took a batch but for ${rejected} lines`);
    this.mostLines = Math.ceil(this.mostLines * GROWTH);
    return lines.length;
  }
}

function isTooLarge(status: number, text: string): boolean {
  return status === 413 || (status >= 400 && TOO_LARGE.test(text));
}

/** A collector may take a request in part; what it did not take must not be sent again. */
function rejectedIn(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedLogRecords?: string | number } };
    return Number(partialSuccess?.rejectedLogRecords ?? 0);
  } catch {
    return 0; // an answer need not be JSON
  }
}
