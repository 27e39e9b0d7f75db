import { Injectable } from '@nestjs/common';
import type { FinishedCall } from '../../../execution/finished-call.js';
import { CallSum, OperationSums } from './call-sum.js';

const UNKNOWN = 'unknown';

/** The calls since somebody took what was counted, which is done each second. */
@Injectable()
export class CallTally {
  private running = nothing();

  record({ operation, outcome, durationMs, tokens }: FinishedCall): void {
    const { own, upstreams, operations } = this.running;
    const byUpstream = operation?.definition !== undefined;
    (byUpstream ? upstreams : own).observe(outcome, durationMs, tokens);
    operations.of(operation?.id ?? UNKNOWN).observe(outcome, durationMs, tokens);
  }

  /** What ended since the last time. */
  take() {
    const { own, upstreams, operations } = this.running;
    this.running = nothing();
    return { own: own.counts(), upstreams: upstreams.counts(), operations: operations.counts() };
  }
}

function nothing() {
  return { own: new CallSum(), upstreams: new CallSum(), operations: new OperationSums() };
}
