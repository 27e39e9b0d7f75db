import { setting, settings, value } from '#libs/kit';
import { headerList } from './delivery/header-list.js';
import { syslogAddress } from './delivery/syslog-address.js';
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
  syslog: setting('AUDIT_SYSLOG_URL', syslogAddress, {
    description: 'Collector of syslog (RFC 5424) that each audit line is sent to',
    key: 'audit.syslogUrl',
  }),
  syslogCaFile: setting('AUDIT_SYSLOG_CA_FILE', value.text(), {
    description: 'Certificates, as PEM, that the collector’s must come from, where no public authority signed it',
    key: 'audit.syslogCaFile',
  }),
  otlpUrl: setting('AUDIT_OTLP_URL', value.url('http', 'https'), {
    description: 'Address of an OpenTelemetry collector’s logs (OTLP/HTTP, JSON) that each audit line is sent to',
    key: 'audit.otlpUrl',
  }),
  otlpHeaders: setting('AUDIT_OTLP_HEADERS', headerList, {
    description: 'Headers for that collector: name=value, separated by commas, values percent-encoded',
    secret: true,
    key: 'audit.otlpHeaders',
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
