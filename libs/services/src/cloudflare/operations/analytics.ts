import { z } from 'zod';
import { declare } from '#libs/kit';
import { reading, time, zone } from './fields.js';

const figures = z.object({
  requests: z.number(),
  cachedRequests: z.number(),
  bytes: z.number(),
  cachedBytes: z.number(),
  pageViews: z.number(),
  threats: z.number(),
  uniqueVisitors: z.number().describe('By address; not summed up, since one may come in several hours'),
});

const moment = z.iso.datetime({ offset: true }).optional();

export const analytics = declare({
  name: 'analytics',
  title: 'Traffic of a zone',
  description:
    'Tells the traffic of a zone over time: requests, bytes, how much came from the cache, page views, threats and visitors. For anything else that Cloudflare measures, use graphql.',
  slash: 'analytics [zone]',
  input: z.object({
    zone,
    since: moment.describe(
      'ISO 8601, such as "2026-01-31T00:00:00Z"; by default a day before until, or 30 days before it; at most 999 hours, or days, before it',
    ),
    until: moment.describe('ISO 8601; by default now'),
    granularity: z
      .enum(['hour', 'day'])
      .default('hour')
      .describe('Hours go back for a few days, days for months, as the zone’s plan allows'),
  }),
  output: z.object({
    zoneId: z.string(),
    since: z.string(),
    until: z.string(),
    granularity: z.enum(['hour', 'day']),
    totals: figures.omit({ uniqueVisitors: true }),
    points: z.array(figures.extend({ time: z.string().describe('When the hour or day (UTC) begins') })),
  }),
  ...reading,
});

export const graphql = declare({
  name: 'graphql',
  title: 'Query Cloudflare’s analytics',
  description:
    'Runs one GraphQL query on Cloudflare’s analytics (viewer { zones … accounts … }). Queries only read; mutations and subscriptions are refused. Introspection tells what can be asked for.',
  slash: 'graphql <query...>',
  input: z.object({
    query: z.string().min(1).max(100_000).describe('One GraphQL query'),
    variables: z.record(z.string(), z.unknown()).optional().describe('Values of the query’s variables'),
  }),
  output: z.object({ data: z.unknown() }),
  ...reading,
});

export const verifyToken = declare({
  name: 'verify-token',
  title: 'Verify the API token',
  description:
    'Tells whether the gateway’s API token of Cloudflare works and until when. It does not tell its permissions.',
  input: z.object({}),
  output: z.object({
    id: z.string(),
    status: z.string().describe('active, disabled or expired'),
    expiresAt: time,
    notBefore: time,
  }),
  ...reading,
});
