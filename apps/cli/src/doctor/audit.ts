import type { GatewayClient } from '../gateway-client.js';
import type { Finding } from './finding.js';

/** Whether the account of the calls is whole. */
export async function auditFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  const subject = 'audit chain';
  const { valid, checked } = await gateway.get<{ valid: boolean; checked: number }>('/admin/audit/verify', 'valid');
  if (valid) return [{ state: 'good', subject, text: `${checked} lines, none was changed` }];
  const advice = 'mcp-gateway audit verify says where. Compare with a backup before you trust what follows that line.';
  return [{ state: 'bad', subject, text: 'a line was changed or is missing', advice }];
}
