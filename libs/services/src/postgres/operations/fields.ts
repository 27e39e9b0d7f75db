import { z } from 'zod';

export const reading = { permission: 'read', annotations: { readOnly: true, idempotent: true } } as const;

export const database = z
  .string()
  .min(1)
  .max(100)
  .describe('Name of a configured database, such as "demo" or "kids-ascension"; list-databases shows them all');

export const schema = z.string().min(1).max(100).optional();

export const table = z.string().min(1).max(200);

export const limit = z.int().min(1).max(10_000).default(100);

export const more = z
  .boolean()
  .describe('There are more than were read; narrow it down. What was read and does not fit is kept for read_result');

/** An estimate of PostgreSQL's, or a figure that it may not know. */
export const figure = z.number().nullable();

export const time = z.string().nullable();
