import { z } from 'zod';

/** For what only looks. */
export const reading = {
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: true },
} as const;

/** For what makes something new, and something newer when it is called again. */
export const adding = {
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
} as const;

/** For what puts a thing into the state that is asked for, whatever it was. */
export const replacing = {
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
} as const;

export const zone = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .optional()
  .describe('Name (such as "example.com") or id of the zone; by default the operator’s');

export const limit = z.int().min(1);

export const cursor = z.string().optional().describe('nextCursor of the answer before, to go on after it');

export const raw = z.boolean().default(false).describe('Add all that Cloudflare answers, as the member raw');

/** Members of every list. */
export const listed = {
  total: z.int().nullable().describe('How many there are in all, where Cloudflare tells'),
  nextCursor: z.string().nullable().describe('Give it as cursor to see more; null at the end'),
  raw: z.unknown().optional(),
};

export const time = z.string().nullable();
