import { z } from 'zod';
import { declare } from '#libs/kit';
import { database, figure, reading } from './fields.js';

export const checkNames = [
  'buffer-hit',
  'connections',
  'indexes',
  'vacuum',
  'sequences',
  'replication',
  'constraints',
] as const;

export const healthCheck = declare({
  name: 'health-check',
  title: 'Check the health of a database',
  description:
    'Looks for what commonly goes wrong: cold buffers, too many connections, invalid, duplicate and unused indexes, dead rows and overdue vacuums, sequences near their end, lagging replicas, constraints that were never validated. Each finding says what to do.',
  slash: '<database> health check [checks...]',
  input: z.object({
    database,
    checks: z.array(z.enum(checkNames)).min(1).max(20).optional().describe('Only these; by default all'),
  }),
  output: z.object({
    status: z.enum(['ok', 'warning', 'problem']).describe('The worst of all checks'),
    checks: z.array(
      z.object({
        name: z.enum(checkNames),
        status: z.enum(['ok', 'warning', 'problem']),
        summary: z.string().describe('What was found and what to do about it'),
        details: z.array(z.record(z.string(), z.unknown())).describe('Each finding, the worst first'),
      }),
    ),
  }),
  ...reading,
});

export const indexAdvice = declare({
  name: 'index-advice',
  title: 'Advise on indexes',
  description:
    'Advises which indexes would help queries: the given ones, or the most expensive ones that pg_stat_statements knows. It reads the statements and their plans, tells what its advice rests on, and never changes anything.',
  slash: '<database> index advice [queries...]',
  input: z.object({
    database,
    queries: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe('SELECT statements, with $1, $2, … or with values; by default the ten most expensive known ones'),
  }),
  output: z.object({
    method: z
      .string()
      .describe(
        'What the advice rests on: hypothetical indexes that the planner was asked about, or plans and columns',
      ),
    advice: z.array(
      z.object({
        table: z.string(),
        columns: z.array(z.string()),
        statement: z.string().describe('CREATE INDEX that an admin may run'),
        reason: z.string(),
        costBefore: figure.describe("Of the most costly query that it is for, in the planner's units"),
        costAfter: figure.describe('Null where no hypothetical index was tried'),
        queries: z.array(z.int()).describe('Positions in queries, from 0'),
      }),
    ),
    queries: z.array(
      z.object({
        query: z.string(),
        cost: figure,
        note: z.string().nullable().describe('Why it could not be looked at'),
      }),
    ),
  }),
  ...reading,
});
