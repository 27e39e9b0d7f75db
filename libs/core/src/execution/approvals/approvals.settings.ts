import { setting, settings, value } from '#libs/kit';
import { toolPattern } from '../../catalog/toolset.settings.js';

const patterns = 'ids of operations separated by commas, such as github.merge-pr, with at most three * each';
/** Clients cut longer waits, whatever their settings. */
const LONGEST_WAIT_MS = 240_000;

export class ApprovalsSettings extends settings({
  require: setting(
    'MCP_APPROVALS_REQUIRE',
    value
      .list(patterns)
      .refine((list) => list.every((pattern) => toolPattern.safeParse(pattern).success))
      .describe(patterns),
    {
      description: 'Operations that run only after a person has approved the call, with `*` for any letters',
      default: '',
      key: 'approvals.require',
      runtime: true,
      closed: '*',
    },
  ),
  waitMs: setting('MCP_APPROVALS_WAIT_MS', value.wholeNumber(0, LONGEST_WAIT_MS), {
    description: 'How long a call waits for a person before it is answered with a ticket, in milliseconds',
    default: '240000',
    key: 'approvals.waitMs',
    runtime: true,
  }),
  roundMs: setting('MCP_APPROVALS_ROUND_MS', value.wholeNumber(100, LONGEST_WAIT_MS), {
    description:
      'How long one request of an MCP client of 2026-07-28 is held meanwhile, which then comes back by itself, in milliseconds',
    default: '25000',
    key: 'approvals.roundMs',
    runtime: true,
  }),
  ttlMs: setting('MCP_APPROVALS_TTL_MS', value.wholeNumber(1_000, 30 * 86_400_000), {
    description: 'How long a call that waits for approval can be answered, and then be run, in milliseconds',
    default: '86400000',
    key: 'approvals.ttlMs',
    runtime: true,
  }),
}) {}
