import { setting, settings, value } from '#libs/kit';
import { limitDocument } from './limit-document.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const MOST = 1_000_000_000_000;

export class ThrottlingSettings extends settings({
  maxRequestsPerMinute: setting('MCP_MAX_REQUESTS_PER_MINUTE', value.wholeNumber(0, MOST), {
    description: 'Calls of one caller in any minute, over all doors; 0 for no limit',
    aliases: ['RATE_LIMIT_MAX_REQUESTS'],
    default: '100',
    key: 'security.maxRequestsPerMinute',
    runtime: true,
  }),
  rateLimitWindowMs: setting('RATE_LIMIT_WINDOW_MS', value.wholeNumber(SECOND_MS, HOUR_MS), {
    description: 'The minute of MCP_MAX_REQUESTS_PER_MINUTE, in milliseconds, for those who count otherwise',
    default: '60000',
    key: 'security.rateLimitWindowMs',
  }),
  maxRequestsPerHour: setting('MCP_MAX_REQUESTS_PER_HOUR', value.wholeNumber(0, MOST), {
    description: 'Calls of one caller in any hour, over all doors; 0 for no limit',
    default: '1000',
    key: 'security.maxRequestsPerHour',
    runtime: true,
  }),
  maxConcurrentCalls: setting('MCP_MAX_CONCURRENT_CALLS', value.wholeNumber(0, MOST), {
    description: 'Calls of one caller that run at once; 64 more wait up to 2 s for a place; 0 for no limit',
    default: '256',
    key: 'security.maxConcurrentCalls',
    runtime: true,
  }),
  maxTokensPerDay: setting('MCP_MAX_TOKENS_PER_DAY', value.wholeNumber(0, MOST), {
    description: 'Tokens of answers to one caller in any 24 hours; 0 for no limit',
    default: '0',
    key: 'security.maxTokensPerDay',
    runtime: true,
  }),
  limits: setting(
    'MCP_LIMITS',
    value.json(
      limitDocument,
      'limits as JSON: {"callers", "teams", "services", "operations"}, each {"<name>": {"perMinute", "perHour", "concurrency", "tokensPerDay", "tokensPerMonth", "costPerDay", "costPerMonth"}}',
    ),
    {
      description: 'Limits of callers, teams, services and operations, as JSON; see docs/limits.md',
      default: '{}',
      key: 'limits',
      runtime: true,
    },
  ),
  maxAuthFailuresPerMinute: setting('MCP_MAX_AUTH_FAILURES_PER_MINUTE', value.wholeNumber(0, MOST), {
    description:
      'Bad credentials from one address in any minute before others that are not known yet wait; 0 for no limit',
    default: '100',
    key: 'security.maxAuthFailuresPerMinute',
    runtime: true,
  }),
  blockAfterAuthFailures: setting('MCP_BLOCK_AFTER_AUTH_FAILURES', value.wholeNumber(0, MOST), {
    description: 'Bad credentials from one address but loopback within MCP_BLOCK_WINDOW_MS that block it; 0 for never',
    default: '500',
    key: 'security.blockAfterAuthFailures',
    runtime: true,
  }),
  blockWindowMs: setting('MCP_BLOCK_WINDOW_MS', value.wholeNumber(SECOND_MS, 24 * HOUR_MS), {
    description: 'How long a bad credential counts towards a block, in milliseconds',
    default: '600000',
    key: 'security.blockWindowMs',
  }),
  blockMs: setting('MCP_BLOCK_MS', value.wholeNumber(SECOND_MS, 365 * 24 * HOUR_MS), {
    description: 'How long an address is blocked that way, in milliseconds',
    default: '3600000',
    key: 'security.blockMs',
    runtime: true,
  }),
  maxAddressRequestsPerMinute: setting('MCP_MAX_ADDRESS_REQUESTS_PER_MINUTE', value.wholeNumber(0, MOST), {
    description: 'Requests of any kind from one address but loopback in any minute; 0 for no limit',
    default: '6000',
    key: 'security.maxAddressRequestsPerMinute',
    runtime: true,
  }),
  maxAdminChangesPerMinute: setting('MCP_MAX_ADMIN_CHANGES_PER_MINUTE', value.wholeNumber(0, MOST), {
    description: 'Changing requests of one caller to /admin and /config in any minute; 0 for no limit',
    default: '1200',
    key: 'security.maxAdminChangesPerMinute',
    runtime: true,
  }),
}) {}
