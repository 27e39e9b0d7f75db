import type { GatewayClient } from '../gateway-client.js';
import type { Finding } from './finding.js';

type Values = Readonly<Record<string, { readonly value: unknown; readonly origin: string } | undefined>>;

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** What is trusted, and what is left open that should not be. */
export async function configurationFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  const { values } = await gateway.get<{ values: Values }>('/config', 'values');
  const trusted = listOf(values['security.trustedNetworks']?.value);
  const host = values['server.host']?.value;
  const findings: Finding[] = [];
  const wide = trusted.filter((network) => network !== 'loopback' && network !== 'none' && !network.startsWith('!'));
  if (wide.length > 0) {
    findings.push({
      state: 'warning',
      subject: 'trust',
      text: `callers from ${wide.join(', ')} need no key`,
      advice:
        'Give agents keys of their own and set TRUSTED_NETWORKS=loopback or none: then the audit says who called.',
    });
  } else {
    const text = trusted.includes('none') ? 'every caller needs a key' : 'callers of other machines need a key';
    findings.push({ state: 'good', subject: 'trust', text });
  }
  if (typeof host === 'string' && !loopback.has(host) && gateway.url.protocol === 'http:') {
    findings.push({
      state: 'warning',
      subject: 'encryption',
      text: `it listens on ${host}, and you reach it without TLS`,
      advice:
        'Keys travel in headers: put a proxy with TLS before it, listen where that one alone reaches it (HOST), and name it in TRUSTED_PROXIES.',
    });
  }
  if (listOf(values['security.allowedOrigins']?.value).includes('*')) {
    const advice = 'Name the origins of your own pages in ALLOWED_ORIGINS.';
    findings.push({ state: 'warning', subject: 'origins', text: 'pages of every web site may call', advice });
  }
  return findings;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
