import { z } from 'zod';
import type { OperationOptions } from '#libs/kit';

/** An operation's declaration, with its types kept. */
export function declare<I extends z.ZodObject, O extends z.ZodType>(options: OperationOptions<I, O>) {
  return options;
}

interface Declared {
  input: z.ZodObject;
  output: z.ZodType;
}

/** What the method of a declaration is given. */
export type Input<D extends Declared> = z.output<D['input']>;

/** What the method of a declaration answers. */
export type Output<D extends Declared> = z.input<D['output']>;

export const reading = { permission: 'read', annotations: { readOnly: true, idempotent: true } } as const;

export const database = z
  .string()
  .min(1)
  .max(100)
  .describe('Name of a configured database, such as "demo" or "kids-ascension"; list-databases shows them all');

export const schema = z.string().min(1).max(100).optional();

export const table = z.string().min(1).max(200);

export const limit = z.int().min(1).max(10_000).default(100);

export const more = z.boolean().describe('There are more than fit; narrow it down');

/** An estimate of PostgreSQL's, or a figure that it may not know. */
export const figure = z.number().nullable();

export const time = z.string().nullable();
