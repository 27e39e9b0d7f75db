import { Injectable } from '@nestjs/common';
import { Breakers, type CircuitState } from '#libs/outbound';
import { BackgroundUpkeep } from '../../execution/background/background-upkeep.js';
import { CallsInFlight } from '../../execution/calls-in-flight.js';
import { GuardrailCounts } from '../../execution/guardrails/guardrail-counts.js';
import { ResultGovernor } from '../../execution/results/result-governor.js';
import { ThrottlingStatistics } from '../../throttling/throttling-statistics.js';
import { Meters } from './meters.js';

const circuitValues: Record<CircuitState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** What the way of a call keeps count of itself. */
@Injectable()
export class ExecutionMetrics {
  constructor(
    meters: Meters,
    inFlight: CallsInFlight,
    breakers: Breakers,
    throttling: ThrottlingStatistics,
    governor: ResultGovernor,
    guardrails: GuardrailCounts,
    background: BackgroundUpkeep,
  ) {
    meters.gauge('mcp_inflight', 'Calls that run now', () => inFlight.count);
    const inBackground = 'Calls in the background at all replicas, as they were counted last';
    meters.gauges('mcp_background_calls', inBackground, ['state'], () => [
      [{ state: 'waiting' }, background.depth.waiting],
      [{ state: 'running' }, background.depth.running],
    ]);
    const oldest = 'For how long the call in the background has been due that is to be taken next';
    meters.gauge('mcp_background_oldest_seconds', oldest, () => background.depth.oldestSeconds);
    meters.total('mcp_rate_limited_total', 'Calls and requests that a limit refused', () => throttling.rateLimited);
    meters.total('mcp_result_spilled_total', 'Results that were too large to answer whole', () => governor.spilled);
    const changedOrRefused = 'Texts that a guardrail changed, calls and registrations that it refused';
    meters.totals('mcp_guardrail_total', changedOrRefused, ['rule', 'action'], () => guardrails.series());
    meters.gauges('mcp_circuit_state', 'Of a back end: 0 closed, 1 half open, 2 open', ['back_end'], () =>
      [...breakers.states()].map(([name, state]) => [{ back_end: name }, circuitValues[state]]),
    );
  }
}
