import { z } from 'zod';
import { declare } from '#libs/kit';
import { reading } from './fields.js';

export const rateLimit = declare({
  name: 'rate-limit',
  title: 'Rate limits of GitHub',
  description:
    'Tells what is left of GitHub’s own limits, which all callers of the gateway share. It costs none of it.',
  input: z.object({}),
  output: z.object({
    limits: z.array(
      z.object({
        name: z.string().describe('core, search, code_search, graphql, …'),
        limit: z.int(),
        remaining: z.int(),
        resetAt: z.string(),
      }),
    ),
  }),
  ...reading,
});

export const whoami = declare({
  name: 'whoami',
  title: 'Who the gateway is at GitHub',
  description: 'Tells as whom the gateway works at GitHub, an App or the owner of a token, and what it may do there.',
  input: z.object({}),
  output: z.object({
    kind: z.enum(['app', 'token']),
    name: z.string().describe('Slug of the App, or login of the token’s owner'),
    permissions: z.record(z.string(), z.string()).optional().describe('Of the App'),
    scopes: z.array(z.string()).optional().describe('Of a classic token; newer tokens don’t tell theirs'),
    url: z.string().nullable(),
  }),
  ...reading,
});
