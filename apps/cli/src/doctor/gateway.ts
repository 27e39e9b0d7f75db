import { performance } from 'node:perf_hooks';
import { Failure } from '../failure.js';
import type { GatewayClient } from '../gateway-client.js';
import type { Finding } from './finding.js';

interface Health {
  readonly status: string;
  readonly version?: string;
}

const CLOCK_LEEWAY_MS = 5_000;

/** Whether a gateway answers there, and what time it has: tokens live by the clock. */
export async function gatewayFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  const began = performance.now();
  // without the key: a bad one is the next check's
  const response = await gateway.ask('GET', '/health', { anonymous: true });
  const took = Math.round(performance.now() - began);
  const health = await gateway.answerIn<Health>(response, 'status').catch((error: unknown) => {
    if (error instanceof Failure && error.outcome !== 'failed') throw error;
    return undefined;
  });
  if (health?.status !== 'healthy') {
    const advice = response.status === 421 ? 'Name the host in PUBLIC_URL or ALLOWED_HOSTS of the gateway.' : undefined;
    throw new Failure('unreachable', `What answers at ${gateway.url.href} is no gateway (${response.status})`, advice);
  }
  const text = `version ${String(health.version)} answers at ${gateway.url.href} in ${took} ms`;
  return [{ state: 'good', subject: 'gateway', text }, ...clockFindings(response.headers.get('date'))];
}

function clockFindings(date: string | null): Finding[] {
  const apart = date === null ? 0 : Math.abs(Date.parse(date) - Date.now());
  if (apart < CLOCK_LEEWAY_MS) return [];
  const text = `the gateway's clock and this one are ${Math.round(apart / 1000)} s apart`;
  return [
    { state: 'warning', subject: 'clock', text, advice: 'Set both by NTP: tokens and keys expire by the clock.' },
  ];
}
