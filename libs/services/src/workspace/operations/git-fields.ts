import { z } from 'zod';

export const repository = z
  .string()
  .min(1)
  .max(4096)
  .default('.')
  .describe('A file or directory of the workspace; the repository that holds it is meant');

/** In git's own words, but nothing that could be taken for an option, a range or a reflog entry. */
export const revision = z
  .string()
  .max(200)
  .regex(/^(?!.*(\.\.|@\{))[\w@][\w./@^~+-]*$/, 'expected a branch, tag or commit')
  .describe('A branch, tag or commit, such as main, v1.2, HEAD~1 or 4f2a9c1');

export const file = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^(?![-/])(?!(.*\/)?\.\.(\/|$))[^\0]+$/, 'expected a path below the top of the repository')
  .describe('Path below the top of the repository, as the other git tools show it');

export const files = z.array(file).max(1_000);

/** Of the commit that HEAD names. */
export const head = z.string().nullable().describe('Null before the first commit');

export const branch = z.string().nullable().describe('Null where no branch is checked out');

export const top = z.string().describe('The top directory of the repository, in the workspace');

export const commit = z.object({
  hash: z.string(),
  author: z.string(),
  email: z.string(),
  date: z.string().describe('ISO 8601'),
  parents: z.array(z.string()),
  message: z.string(),
});

export const truncated = z.boolean().describe('The diff is longer than 1 MB; name files to see the rest');

export const changedFiles = z.array(
  z.object({
    path: z.string().describe('A renamed file as "{old => new}"'),
    added: z.int().nullable().describe('Lines; null for a binary file'),
    removed: z.int().nullable(),
  }),
);

export const change = z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'retyped']);
