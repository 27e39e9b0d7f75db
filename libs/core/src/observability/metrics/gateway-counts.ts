import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../access/authenticator.js';
import { GuardrailCounts } from '../../execution/guardrails/guardrail-counts.js';
import { ResultGovernor } from '../../execution/results/result-governor.js';
import { ThrottlingStatistics } from '../../throttling/throttling-statistics.js';

/** What was refused, changed and kept apart since the start. */
@Injectable()
export class GatewayCounts {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly throttling: ThrottlingStatistics,
    private readonly governor: ResultGovernor,
    private readonly guardrails: GuardrailCounts,
  ) {}

  snapshot() {
    return {
      authFailures: this.authenticator.failures,
      rateLimited: this.throttling.rateLimited,
      spilledResults: this.governor.spilled,
      guardrails: [...this.guardrails.series()].reduce((sum, [, count]) => sum + count, 0),
    };
  }
}
