import { z } from 'zod';
import { declare } from '#libs/kit';
import { cursor, limit, listed, raw, reading, time, zone } from './fields.js';

const summary = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string().nullable().describe('active, pending, initializing or moved'),
  paused: z.boolean().describe('Cloudflare only answers DNS for it'),
  type: z.string().nullable(),
  plan: z.string().nullable(),
  nameServers: z.array(z.string()),
});

export const zonesList = declare({
  name: 'zones-list',
  title: 'List zones',
  description: 'Lists the zones (domains) at Cloudflare that the API token may see, with their state and name servers.',
  input: z.object({
    name: z.string().min(1).max(253).optional().describe('Only zones whose name contains this'),
    status: z.enum(['initializing', 'pending', 'active', 'moved']).optional().describe('Only zones in this state'),
    limit: limit.min(5).max(50).default(50).describe('Zones on a page, from 5 to 50'),
    cursor,
    raw,
  }),
  output: z.object({ zones: z.array(summary), ...listed }),
  ...reading,
});

export const zonesGet = declare({
  name: 'zones-get',
  title: 'Show a zone',
  description: 'Shows one zone (domain): its state, plan, name servers, account and dates.',
  slash: 'zones get [zone]',
  input: z.object({ zone, raw }),
  output: summary.extend({
    account: z.object({ id: z.string().nullable(), name: z.string().nullable() }),
    originalNameServers: z.array(z.string()).describe('Those before the zone moved to Cloudflare'),
    developmentMode: z.boolean().describe('The cache is passed by, for three hours at most'),
    activatedAt: time,
    createdAt: z.string(),
    modifiedAt: z.string(),
    raw: z.unknown().optional(),
  }),
  ...reading,
});
