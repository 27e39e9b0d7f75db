import { z } from 'zod';
import { declare } from '#libs/kit';
import { adding, cursor, limit, listed, raw, reading, replacing, zone } from './fields.js';

const types = [
  ...['A', 'AAAA', 'CAA', 'CERT', 'CNAME', 'DNSKEY', 'DS', 'HTTPS', 'LOC', 'MX', 'NAPTR', 'NS', 'OPENPGPKEY', 'PTR'],
  ...['SMIMEA', 'SRV', 'SSHFP', 'SVCB', 'TLSA', 'TXT', 'URI'],
] as const;

const type = z
  .string()
  .trim()
  .toUpperCase()
  .pipe(z.enum(types as readonly [string, ...string[]]))
  .describe('A, AAAA, CNAME, MX, TXT, NS, SRV, CAA or another type of record');

const name = z.string().trim().min(1).max(255).describe('Complete name, such as "www.example.com"');

const record = z
  .string()
  .regex(/^[0-9a-f]{32}$/i)
  .describe('Id of the record; dns-list-records shows it');

/** What can be said about a record besides its type and name. */
const settings = {
  content: z.string().min(1).max(65_535).optional().describe('Address, target or text that the record holds'),
  data: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Parts of the content, for types that have them (SRV, CAA, LOC, …), instead of content'),
  ttl: z
    .int()
    .refine((seconds) => seconds === 1 || (seconds >= 30 && seconds <= 86_400), '1, or from 30 to 86400')
    .optional()
    .describe(
      'Seconds that resolvers may keep it, from 60 (Enterprise zones: 30) to 86400; 1, the default, is automatic',
    ),
  proxied: z.boolean().optional().describe('Let Cloudflare stand before the target; for A, AAAA and CNAME'),
  priority: z.int().min(0).max(65_535).optional().describe('Of MX and URI records; the lowest comes first'),
  comment: z.string().max(500).optional().describe('A note; it changes nothing in DNS'),
  tags: z.array(z.string().min(1).max(100)).max(20).optional().describe('Tags as name:value, where the plan has them'),
};

const whole = { type, name, ...settings };
const partial = { type: type.optional(), name: name.optional(), ...settings };

const shown = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  content: z.string().nullable(),
  ttl: z.int().describe('1 is automatic'),
  proxied: z.boolean(),
  priority: z.int().optional(),
  data: z.unknown().optional().describe('Parts of the content, where it has some'),
  comment: z.string().optional(),
  tags: z.array(z.string()).optional(),
  modifiedAt: z.string(),
});

const one = shown.extend({ raw: z.unknown().optional() });

export const listRecords = declare({
  name: 'dns-list-records',
  title: 'List DNS records',
  description: 'Lists the DNS records of a zone, all or those of a type, a name or a content.',
  slash: 'dns list-records [zone]',
  input: z.object({
    zone,
    type: type.optional(),
    name: name.optional().describe('Only records of exactly this complete name'),
    content: z.string().min(1).max(1_000).optional().describe('Only records that hold exactly this'),
    search: z.string().min(1).max(100).optional().describe('Only records with this text anywhere in them'),
    limit: limit.max(500).default(100).describe('Records on a page, up to 500'),
    cursor,
    raw,
  }),
  output: z.object({ records: z.array(shown), ...listed }),
  ...reading,
});

export const getRecord = declare({
  name: 'dns-get-record',
  title: 'Show a DNS record',
  description: 'Shows one DNS record of a zone by its id.',
  slash: 'dns get-record [zone] <record>',
  input: z.object({ zone, record, raw }),
  output: one,
  ...reading,
});

export const exportRecords = declare({
  name: 'dns-export',
  title: 'Export a zone file',
  description: 'Exports all DNS records of a zone as a zone file in BIND’s format, for a backup or another provider.',
  slash: 'dns export [zone]',
  input: z.object({ zone }),
  output: z.object({ zoneFile: z.string() }),
  ...reading,
});

export const createRecord = declare({
  name: 'dns-create-record',
  title: 'Create a DNS record',
  description:
    'Creates a DNS record in a zone. It is served within seconds. Cloudflare refuses one that is there already or that conflicts with another.',
  slash: 'dns create-record [zone] <type> <name> [content]',
  input: z.object({ zone, ...whole, raw }),
  output: one,
  ...adding,
});

export const updateRecord = declare({
  name: 'dns-update-record',
  title: 'Change a DNS record',
  description:
    'Changes the given fields of a DNS record and leaves the others as they are; with replace, the record becomes what is given and nothing else.',
  slash: 'dns update-record [zone] <record>',
  input: z.object({
    zone,
    record,
    ...partial,
    replace: z
      .boolean()
      .default(false)
      .describe('Overwrite the whole record: type, name and content (or data) are needed, what is left out is reset'),
    raw,
  }),
  output: one,
  ...replacing,
});

export const deleteRecord = declare({
  name: 'dns-delete-record',
  title: 'Delete a DNS record',
  description: 'Deletes a DNS record for good. To be able to restore it, look at it first with dns-get-record.',
  slash: 'dns delete-record [zone] <record>',
  input: z.object({ zone, record }),
  output: z.object({ id: z.string().describe('Of the record that is gone') }),
  ...replacing,
});

/** What a batch tells of its records; dns-get-record tells the rest. */
const brief = z.array(z.object({ id: z.string(), type: z.string(), name: z.string(), content: z.string().nullable() }));

const batchOf = <T extends z.ZodType>(item: T, what: string) => z.array(item).max(1_000).default([]).describe(what);

export const batch = declare({
  name: 'dns-batch',
  title: 'Change many DNS records at once',
  description:
    'Deletes, changes, overwrites and creates DNS records in one transaction, in this order: all of it happens or nothing. To see what will be hit, list the records first.',
  slash: 'dns batch [zone]',
  input: z.object({
    zone,
    deletes: batchOf(z.object({ id: record }), 'Records to delete'),
    patches: batchOf(z.object({ id: record, ...partial }), 'Records to change, each with the fields to change'),
    puts: batchOf(z.object({ id: record, ...whole }), 'Records to overwrite, each as a whole'),
    posts: batchOf(z.object(whole), 'Records to create'),
  }),
  output: z.object({ deleted: brief, changed: brief, overwritten: brief, created: brief }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
});
