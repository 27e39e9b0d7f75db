import type { GatewayClient } from '../gateway-client.js';
import type { Finding } from './finding.js';

interface Part {
  readonly state?: string;
  readonly reason?: string;
  readonly missing?: readonly string[];
  readonly spoolUsage?: number;
  /** Of `replicas`. */
  readonly mode?: string;
  readonly redis?: { readonly state: string; readonly reason?: string };
}

const good = new Set(['serving', 'ready', 'recording']);
const unused = new Set(['not configured', 'reference', 'disabled']);

/** The store, the audit, the sandbox, and every service, as the gateway sees them. */
export async function readinessFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  const response = await gateway.ask('GET', '/ready');
  const { details } = await gateway.answerIn<{ details: Readonly<Record<string, Part>> }>(response, 'details');
  return Object.entries(details).map(([subject, part]) => findingOf(subject, part));
}

function findingOf(subject: string, part: Part): Finding {
  if (part.redis) return replicasFinding(subject, part.mode ?? 'single', part.redis);
  const { state = 'unknown', reason, missing = [] } = part;
  if (good.has(state)) return { state: 'good', subject, text: state };
  const text = reason ? `${state}: ${reason}` : state;
  if (unused.has(state)) {
    return {
      state: 'note',
      subject,
      text,
      ...(missing.length > 0 && { advice: `To use it, set ${missing.join(', ')}.` }),
    };
  }
  if (subject === 'sandbox') return { state: 'warning', subject, text, advice: SANDBOX };
  return { state: state === 'degraded' ? 'warning' : 'bad', subject, text, ...adviceFor(subject) };
}

function replicasFinding(subject: string, mode: string, { state, reason }: NonNullable<Part['redis']>): Finding {
  if (state !== 'down') return { state: 'good', subject, text: mode };
  const text = `${mode}, but Redis can't be reached${reason ? `: ${reason}` : ''}`;
  return { state: 'warning', subject, text, advice: 'Look at REDIS_URL; until then each replica counts by itself.' };
}

const SANDBOX =
  'Install bubblewrap (bwrap) where the gateway runs, or run only MCP servers that you trust as much as it.';

function adviceFor(subject: string): { advice?: string } {
  if (subject === 'store') return { advice: 'Look at DATABASE_URL and its PostgreSQL; calls go on, changes wait.' };
  if (subject === 'audit')
    return { advice: 'Make space on the disk of the data directory; nothing has to be restarted.' };
  return {};
}
