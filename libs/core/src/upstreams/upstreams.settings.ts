import { setting, settings, value } from '#libs/kit';
import { HostList } from '#libs/outbound';
import { serverEntries } from './server-entry.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Kept as words, which is how they are shown and compared. */
const hosts = value
  .list()
  .superRefine((entries, context) => {
    try {
      new HostList(entries);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  })
  .describe('hosts separated by commas: names, *.suffix, addresses or CIDRs, each with or without :port');

export class UpstreamsSettings extends settings({
  servers: setting('MCP_SERVERS', value.json(serverEntries, 'servers by name, as programs write them in mcpServers'), {
    key: 'mcpServers',
    description: 'MCP servers behind the gateway, as JSON in the shape that programs write as mcpServers',
    secret: true,
    default: '{}',
  }),
  allowed: setting('MCP_UPSTREAMS_ALLOWED', hosts, {
    key: 'upstreams.allowed',
    description: 'Hosts at which admins may register MCP servers; empty for all that may be reached',
    default: '',
    runtime: true,
  }),
  startTimeoutMs: setting('MCP_UPSTREAM_START_TIMEOUT_MS', value.wholeNumber(1_000, 30 * MINUTE_MS), {
    key: 'upstreams.startTimeout',
    description:
      'What an MCP server behind the gateway may take to start and to answer for the first time, in milliseconds',
    default: '120000',
  }),
  idleMs: setting('MCP_UPSTREAM_IDLE_MS', value.wholeNumber(0, 30 * DAY_MS), {
    key: 'upstreams.idle',
    description: 'How long the process of an MCP server is kept without a call, in milliseconds; 0 keeps it',
    default: '900000',
  }),
  maxLifetimeMs: setting('MCP_UPSTREAM_MAX_LIFETIME_MS', value.wholeNumber(0, 365 * DAY_MS), {
    key: 'upstreams.maxLifetime',
    description: 'Age at which the process of an MCP server is replaced by a new one, in milliseconds; 0 keeps it',
    default: '86400000',
  }),
}) {}
