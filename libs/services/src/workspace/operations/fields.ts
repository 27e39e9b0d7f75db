import { z } from 'zod';

export const path = z
  .string()
  .min(1)
  .max(4096)
  .describe('Path in the workspace, such as "src/main.ts"; "." is the workspace itself');

export const topPath = path.default('.');

export const shownPath = z.string().describe('As it can be used in the next call');

export const size = z.int().describe('Bytes');

export const modified = z.string().describe('ISO 8601');

export const entryType = z.enum(['file', 'directory', 'symlink', 'other']);

export const more = z.boolean().describe('There are more than fit; narrow it down');

export const reading = {
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: false },
} as const;
