import type { GatewayClient } from '../gateway-client.js';
import { allOf } from '../pages.js';
import type { Finding } from './finding.js';

interface Upstream {
  readonly name: string;
  readonly state: string;
  readonly quarantined: number;
  readonly lastFailure: { readonly stage: string; readonly message: string } | null;
}

/** Which MCP servers fail, and which have changed behind the admin's back. States are in readiness, too. */
export async function upstreamFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  const upstreams = await allOf<Upstream>(gateway, '/admin/upstreams');
  return upstreams.flatMap(({ name, quarantined, lastFailure }) => {
    const findings: Finding[] = [];
    if (quarantined > 0) {
      findings.push({
        state: 'warning',
        subject: name,
        text: `${quarantined} of its definitions have changed and are withheld`,
        advice: `Look at them: mcp-gateway upstreams tools ${name}. Then: mcp-gateway upstreams approve ${name} <tool>.`,
      });
    }
    if (lastFailure) {
      const text = `it failed last at ${lastFailure.stage}: ${lastFailure.message}`;
      findings.push({
        state: 'note',
        subject: name,
        text,
        advice: `To try again: mcp-gateway upstreams restart ${name}.`,
      });
    }
    return findings;
  });
}
