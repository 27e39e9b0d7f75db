import { Failure } from '../failure.js';
import type { GatewayClient } from '../gateway-client.js';
import type { Finding } from './finding.js';

export interface Whoami {
  readonly subject: string;
  readonly recognisedBy: string;
  readonly permissions: readonly string[];
}

/** Who you are to the gateway; no caller where it does not take the credential. */
export async function callerFindings(
  gateway: GatewayClient,
): Promise<{ findings: readonly Finding[]; caller?: Pick<Whoami, 'permissions'> }> {
  const subject = 'caller';
  try {
    const { data } = await gateway.post<{ data: Whoami }>('/api/services/gateway/whoami', 'data');
    const { permissions, recognisedBy } = data;
    const text = `you are ${data.subject}, known by ${recognisedBy}, and hold ${permissions.join(', ') || 'nothing'}`;
    return { findings: [{ state: 'good', subject, text }], caller: data };
  } catch (error) {
    if (!(error instanceof Failure) || error.outcome === 'interrupted') throw error;
    const { message, advice } = error;
    const finding: Finding = { state: 'bad', subject, text: message, ...(advice && { advice }) };
    if (error.outcome !== 'denied' || !isForbidden(error.answer)) return { findings: [finding] };
    return { findings: [{ ...finding, state: 'note' }], caller: { permissions: [] } };
  }
}

function isForbidden(answer: unknown): boolean {
  return (answer as { error?: { kind?: unknown } } | undefined)?.error?.kind === 'forbidden';
}
