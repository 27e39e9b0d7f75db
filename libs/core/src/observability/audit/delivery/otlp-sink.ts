import { NamedOrigin, type HttpClient } from '#libs/outbound';
import { Logger } from '@nestjs/common';
import type { AuditItem } from '../audit-item.js';
import type { AuditSink, Sender } from './audit-sink.js';
import { otlpLogs } from './otlp-logs.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Logs over OTLP/HTTP, in JSON. */
export class OtlpSink implements AuditSink {
  readonly name = 'otlp';
  private readonly logger = new Logger('Audit');
  private readonly policy: NamedOrigin;

  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly sender: Sender,
    private readonly http: HttpClient,
  ) {
    this.policy = new NamedOrigin('AUDIT_OTLP_URL', url);
  }

  async deliver(lines: readonly AuditItem[], signal: AbortSignal): Promise<void> {
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
    // whatever else it says, the lines are kept until it takes them: a wrong address or credential loses nothing
    if (answer.status < 200 || answer.status > 299) throw new Error(`it answered with status ${answer.status}`);
    const rejected = rejectedIn(answer.text());
    if (rejected > 0) this.logger.error(`The collector of AUDIT_OTLP_URL took a batch but for ${rejected} lines`);
  }
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
