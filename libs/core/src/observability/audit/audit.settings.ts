import { setting, settings, value } from '#libs/kit';
import { prices } from './prices.js';

const MIB = 2 ** 20;

export class AuditSettings extends settings({
  fsync: setting('AUDIT_FSYNC', value.flag(), {
    description: 'Wait until an audit line is on the disk itself before its answer leaves; costs milliseconds a call',
    default: 'false',
    key: 'audit.fsync',
  }),
  spoolMaxBytes: setting('AUDIT_SPOOL_MAX_BYTES', value.wholeNumber(MIB, 2 ** 40), {
    description: 'Audit lines that may wait for the store, in bytes; beyond it new calls are refused',
    default: '1073741824',
    key: 'audit.spoolMaxBytes',
    runtime: true,
  }),
  retentionDays: setting('AUDIT_RETENTION_DAYS', value.wholeNumber(0, 36_500), {
    description: 'Days after which audit lines are deleted; 0 keeps them',
    default: '90',
    key: 'audit.retentionDays',
    runtime: true,
  }),
  prices: setting(
    'MCP_PRICES',
    value.json(prices, 'prices as JSON: {"currency", "perCall", "perMillionTokens", "services", "operations"}'),
    {
      description: 'What calls and tokens cost, for budgets and /admin/usage, as JSON; see docs/limits.md',
      key: 'prices',
      runtime: true,
    },
  ),
}) {}
