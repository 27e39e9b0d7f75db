import { z } from 'zod';
import { backgroundStates, declare } from '#libs/kit';

/** Clients cut what takes a minute. */
const LONGEST_WAIT_MS = 50_000;

const ticket = z
  .string()
  .regex(/^bgr_[0-9a-f]{32}$/)
  .describe('As start_call answered it, such as "bgr_…"');

/** As much as one has to know who has not asked how it ended; the rest of the report comes along. */
const standing = z.object({
  ticket: z.string(),
  operation: z.string().describe('What was called'),
  state: z.enum(backgroundStates),
  note: z.string().describe('What that means, and what to do next'),
});

const report = standing.extend({
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  expiresAt: z.string().describe('Until when it may begin, or until when its outcome is kept'),
  progress: z
    .object({ progress: z.number(), total: z.number().optional(), message: z.string().optional() })
    .optional()
    .describe('How far it is, as far as it tells'),
  needsApproval: z.literal(true).optional().describe('A person has to approve it first'),
  result: z.unknown().optional().describe('What the tool answered, once it is done'),
  truncated: z.unknown().optional().describe('What was left out of the result; read_result gives it'),
  error: z
    .object({ kind: z.string(), message: z.string(), details: z.looseObject({}) })
    .optional()
    .describe('Why it failed'),
});

export const startCall = declare({
  name: 'start_call',
  tool: 'start_call',
  title: 'Call a tool in the background',
  description:
    'Calls any tool without waiting for it, for work that takes longer than a minute: a workflow that is waited for, an upload. Answers a ticket at once; call_outcome with it tells how it ended, also much later and from another connection.',
  input: z.object({
    name: z.string().min(1).max(200).describe('Name of the tool, such as "n8n_execute"'),
    arguments: z.looseObject({}).default({}).describe('What the tool’s own inputSchema says'),
  }),
  output: standing,
  permission: 'read',
  // the tool may do anything; a call that is open already is not made twice
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  slash: 'start_call <name>',
});

export const callOutcome = declare({
  name: 'call_outcome',
  tool: 'call_outcome',
  title: 'Outcome of a call in the background',
  description:
    'Tells how a call that start_call has begun stands: how far it is, and once it is done what the tool answered or why it failed. Waits a while for its end.',
  input: z.object({
    ticket,
    waitMs: z
      .int()
      .min(0)
      .max(LONGEST_WAIT_MS)
      .default(20_000)
      .describe('How long to wait for its end, in milliseconds'),
  }),
  output: report,
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: false },
  deadlineMs: LONGEST_WAIT_MS + 10_000,
  slash: 'call_outcome <ticket>',
});

export const cancelCall = declare({
  name: 'cancel_call',
  tool: 'cancel_call',
  title: 'Cancel a call in the background',
  description:
    'Ends a call of yours in the background. One that has begun is stopped where it is; what it has done by then stays.',
  input: z.object({ ticket }),
  output: standing,
  permission: 'read',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  slash: 'cancel_call <ticket>',
});
