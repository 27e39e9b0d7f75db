import { z } from 'zod';
import { declare } from '#libs/kit';
import { raw, rawAnswer, reading } from './fields.js';

export const audit = declare({
  name: 'audit',
  title: 'Security audit',
  description:
    'Has n8n look at its own security: unused credentials, risky nodes, unprotected webhooks and the like. Each finding says what to do.',
  slash: 'audit',
  input: z.object({
    categories: z
      .array(z.enum(['credentials', 'database', 'nodes', 'filesystem', 'instance']))
      .min(1)
      .max(5)
      .optional()
      .describe('What to look at; by default everything'),
    daysAbandoned: z
      .int()
      .min(1)
      .max(3_650)
      .optional()
      .describe('Days without an execution after which a workflow counts as abandoned'),
    raw,
  }),
  output: z.object({
    findings: z.array(
      z.object({
        risk: z.string(),
        title: z.string(),
        description: z.string(),
        recommendation: z.string(),
        places: z.int().describe('Where it was found, counted'),
      }),
    ),
    raw: rawAnswer,
  }),
  permission: 'admin',
  annotations: { readOnly: true, idempotent: true, openWorld: true },
});

export const health = declare({
  name: 'health',
  title: 'Health of n8n',
  description: 'Tells whether n8n can be reached, whether it says that it is well, and whether it takes the API key.',
  input: z.object({}),
  output: z.object({
    healthy: z.boolean().describe('What n8n says of itself'),
    keyAccepted: z.boolean(),
    problem: z.string().optional().describe('What is amiss, and what to do'),
    latencyMs: z.number().describe('Time that the answers took'),
  }),
  ...reading,
});
