import { Failure } from '../failure.js';
import type { GatewayClient } from '../gateway-client.js';
import { configurationFindings } from './configuration.js';
import { doorFindings } from './doors.js';
import type { Finding } from './finding.js';
import { readinessFindings } from './readiness.js';
import { upstreamFindings } from './upstreams.js';
import { auditFindings } from './audit.js';
import { callerFindings } from './caller.js';
import { gatewayFindings } from './gateway.js';

export type { Finding } from './finding.js';

interface Check {
  /** What it is about, where the gateway refuses to say. */
  readonly subject: string;
  /** The permission that it needs; without it the check is left out and that is said. */
  readonly needs?: 'monitor' | 'admin';
  readonly run: (gateway: GatewayClient) => Promise<readonly Finding[]>;
}

const checks: readonly Check[] = [
  { subject: 'doors', run: doorFindings },
  { subject: 'parts', needs: 'monitor', run: readinessFindings },
  { subject: 'configuration', needs: 'admin', run: configurationFindings },
  { subject: 'upstreams', needs: 'admin', run: upstreamFindings },
  { subject: 'audit', needs: 'admin', run: auditFindings },
];

/** One check after another; the first ones decide whether the others make sense. */
export async function* checksOf(gateway: GatewayClient): AsyncGenerator<Finding> {
  yield* await gatewayFindings(gateway);
  const { findings, caller } = await callerFindings(gateway);
  yield* findings;
  if (!caller) return;
  for (const { subject, needs, run } of checks) {
    if (needs && !may(caller, needs)) {
      const advice = `Run it with a key that holds ${needs} to look at this, too.`;
      yield { state: 'note', subject, text: `not looked at: you do not hold ${needs}`, advice };
      continue;
    }
    try {
      yield* await run(gateway);
    } catch (error) {
      if (!(error instanceof Failure) || error.outcome === 'interrupted') throw error;
      yield { state: 'bad', subject, text: error.message, ...(error.advice && { advice: error.advice }) };
    }
  }
}

function may({ permissions }: { readonly permissions: readonly string[] }, action: string): boolean {
  return permissions.includes('*') || permissions.includes(action);
}
