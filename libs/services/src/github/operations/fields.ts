import { z } from 'zod';

export const reading = {
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: true },
} as const;

/** Adds something: a second identical call adds it again. */
export const adding = {
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
} as const;

/** Brings about a state: a second identical call finds it there. Nothing is lost by it. */
export const settling = {
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
} as const;

/** Changes what is there; what was there before is gone, or can't be had back by a call. */
export const changing = {
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
} as const;

const ownerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);

/** As for paths: `.` and `..` are no names. */
const repoName = z.string().regex(/^([A-Za-z0-9][A-Za-z0-9_-]{0,99}\/)?(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/);

export const owner = ownerName.describe('An organization or user');

/** Which repository an operation is about. */
export const repository = {
  owner: ownerName.optional().describe('Organization or user; by default that of repo, or the operator’s'),
  repo: repoName.optional().describe('Repository, as "name" or "owner/name"; by default the operator’s'),
};

export const number = (what: string) => z.int().min(1).describe(`Number of the ${what}, without #`);

/** Git's own rules for the name of a branch, as far as they matter for an address. */
const refName = z
  .string()
  .max(255)
  // eslint-disable-next-line no-control-regex
  .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|@\{))[^\u0000-\u0020\u007f~^:?*[\\]+(?<![/.])$/);

export const branch = (what: string) => refName.describe(what);

export const ref = refName.optional().describe('Branch, tag or commit; by default the default branch');

export const sha = z.string().regex(/^[0-9a-fA-F]{40,64}$/);

/** A segment of `.` or `..` would lead to another address of the API. */
export const path = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^(?!\/)(?!(.*\/)?\.{1,2}(\/|$))[^\0]+$/)
  .describe('Path in the repository, such as "src/index.ts"');

export const fields = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(30)
  .optional()
  .describe('Members of GitHub’s own object to add as extra, such as "node_id" or "head.label"; "*" adds all');

export const extra = z.record(z.string(), z.unknown()).optional().describe('What was asked for by fields');

/** Of every list. */
export const page = {
  limit: z.int().min(1).max(100).default(30).describe('Entries on a page'),
  cursor: z.string().max(500).optional().describe('The nextCursor of the page before'),
  fields,
};

export const next = z.string().nullable().describe('Hand it in as cursor for the next page; null where there is none');

export const direction = z.enum(['asc', 'desc']).default('desc').describe('desc: the newest, or the most, first');

export const login = z.string().nullable().describe('Login; null for an account that is gone');

export const time = z.string().nullable();

export const total = z.int().describe('How many there are in all');
