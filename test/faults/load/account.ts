import type { GatewayProcess } from '../../gateway-process.js';

export const ADMIN_KEY = 'admin-key-of-the-fault-scripts';
const headers = { 'x-mcp-key': ADMIN_KEY };

/** What the gateway's audit says at the end of a fault. */
export interface Account {
  missing: number;
  doubled: number;
  verdict: { valid: boolean; checked: number; chains: number; firstBad?: unknown };
}

/** Holds the audit against the calls that were answered. */
export async function account(gateway: GatewayProcess, url: string, answered: readonly string[]): Promise<Account> {
  const text = await (await fetch(`${url}/admin/audit/export`, { headers })).text();
  const lines = text.trimEnd().split('\n');
  const ids = lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId);
  const recorded = new Set(ids);
  const { body } = await gateway.get('/admin/audit/verify', headers);
  return {
    missing: answered.filter((id) => !recorded.has(id)).length,
    doubled: ids.length - recorded.size,
    verdict: body as Account['verdict'],
  };
}

export function isComplete({ missing, doubled, verdict }: Account): boolean {
  return missing === 0 && doubled === 0 && verdict.valid;
}

/** What a fault is run with; options come as --name=value. */
export interface FaultRun {
  readonly log: (line: string) => void;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}
