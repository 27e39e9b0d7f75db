import { Injectable } from '@nestjs/common';
import { workMsOf, type FinishedCall } from '../../../execution/finished-call.js';
import { CallSum, OperationSums } from './call-sum.js';

const UNKNOWN = 'unknown';

/** The calls since somebody took what was counted, which is done each second. */
@Injectable()
export class CallTally {
  private running = nothing();

  record(call: FinishedCall): void {
    const { operation, outcome, tokens } = call;
    const workMs = workMsOf(call);
    const { own, upstreams, operations } = this.running;
    const byUpstream = operation?.definition !== undefined;
    (byUpstream ? upstreams : own).observe(outcome, workMs, tokens);
    operations.of(operation?.id ?? UNKNOWN).observe(outcome, workMs, tokens);
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
