import { Injectable } from '@nestjs/common';
import type { FinishedCall } from '../../execution/finished-call.js';

/** What Prometheus is told of calls. */
@Injectable()
export class CallMetrics {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  record(call: FinishedCall): void {}
}
