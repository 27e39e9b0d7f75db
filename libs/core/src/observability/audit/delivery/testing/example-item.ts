import type { AuditItem } from '../../audit-item.js';

export const exampleItem: AuditItem = {
  id: 'replica-1-7',
  time: '2026-11-29T01:02:03.004Z',
  requestId: 'request-1',
  caller: 'key:one',
  callerKind: 'key',
  callerSubject: 'ci',
  team: 'platform',
  door: 'mcp',
  address: '127.0.0.1',
  service: 'postgres',
  operation: 'query',
  arguments: { database: 'work', query: 'SELECT 1' },
  outcome: 'ok',
  durationMs: 1.25,
  bytes: 300,
  tokens: 75,
  replica: 'replica-1',
  seq: 7,
  hash: 'ab'.repeat(32),
};
