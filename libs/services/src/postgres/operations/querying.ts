import { z } from 'zod';
import { declare } from '#libs/kit';
import { looksLikeDefinition } from '../writing-rules.js';
import { database, reading } from './fields.js';

const sql = z
  .string()
  .min(1)
  .describe(
    'One PostgreSQL statement that only reads: SELECT (also WITH), VALUES, TABLE, EXPLAIN or SHOW. Values belong into params as $1, $2, ….',
  );

const question = sql.optional().describe(`${sql.description} Left out only where there is a cursor`);

const params = z
  .array(z.unknown())
  .max(1_000)
  .optional()
  .describe(
    'Values for $1, $2, … in their order: text, numbers (integers beyond 2^53 as text), true or false, null, arrays; objects become JSON, and so do arrays for a $n::json or $n::jsonb',
  );

/** Of one statement, also by DB_QUERY_TIMEOUT_MS. */
const LONGEST_MS = 60_000;
/** With the time to get a connection, and to find out that nobody answers any more. */
const READING_MS = LONGEST_MS + 20_000;
/** COMMIT may take as long as the statement. */
const CHANGING_MS = READING_MS + LONGEST_MS + 5_000;

const timeoutMs = z
  .int()
  .min(1)
  .max(LONGEST_MS)
  .optional()
  .describe('Milliseconds that the query may take; by default what the operator set (usually 10000)');

const rows = z
  .array(z.record(z.string(), z.unknown()))
  .describe(
    'bigint, numeric and numbers in JSON that a double does not hold exactly are text, timestamps with time zone ISO 8601 in UTC, bytea base64',
  );

const columns = z.array(z.object({ name: z.string(), type: z.string() }));

const queryOutput = z.object({
  rows,
  columns,
  rowCount: z.int().describe('Rows of this page, also where not all of them are shown'),
  more: z
    .boolean()
    .describe(
      'The query has more rows than these. Where there is no cursor for them, narrow it down, or ORDER BY a unique key and ask for those after the last one',
    ),
  cursor: z.string().optional().describe('Continues after the last row of this page, for an hour'),
});

const cursor = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('The cursor of an earlier answer, for its next rows as they were when the query ran; it needs no query');

export const query = declare({
  name: 'query',
  title: 'Query a database',
  description:
    'Runs one SQL statement that only reads and returns its rows. Nothing can be changed with it. Where there are more rows, the answer has a cursor: call again with that to go on.',
  slash: ['<database> query [query...]', 'next-rows <cursor>'],
  input: z.object({
    database: database.optional(),
    query: question,
    params,
    limit: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'Rows on a page, up to 10000; by default 100, or with a cursor as many as before. What does not fit into the answer is kept for read_result',
      ),
    timeoutMs,
    cursor,
  }),
  output: queryOutput,
  ...reading,
  deadlineMs: READING_MS,
});

export const sqlQuery = declare({
  name: 'sql-query',
  tool: 'sql_query',
  title: 'Query the database',
  description: 'Runs one SQL statement that only reads on the first configured database, or on the one that is named.',
  slash: 'sql-query [query...]',
  input: z.object({
    query: question,
    params,
    database: database.optional().describe('Name of a configured database; by default the first one'),
    cursor,
  }),
  output: queryOutput,
  ...reading,
  deadlineMs: READING_MS,
});

export const explain = declare({
  name: 'explain',
  title: 'Explain a query',
  description: "Shows PostgreSQL's plan for a query: which indexes it uses and where its cost lies.",
  slash: '<database> explain <query...>',
  argumentPermission: ({ analyze }) => (analyze ? 'write' : undefined),
  input: z.object({
    database,
    query: sql.describe('The query to explain, without the word EXPLAIN'),
    params,
    analyze: z
      .boolean()
      .default(false)
      .describe('Run the query, still read-only, and show real times; needs the permission "write"'),
    format: z.enum(['json', 'text']).default('text').describe('Shape of the plan'),
  }),
  output: z.object({ format: z.enum(['json', 'text']), plan: z.unknown().describe("Text, or PostgreSQL's JSON") }),
  ...reading,
  deadlineMs: READING_MS,
});

export const execute = declare({
  name: 'execute',
  title: 'Change a database',
  description:
    'Runs one INSERT, UPDATE, DELETE or MERGE in a transaction of its own and commits it; CREATE, ALTER, DROP and the like need the permission "admin". Only where the operator allows changes (see writable in list-databases). To read, use query.',
  slash: '<database> execute <query...>',
  argumentPermission: ({ query: text }) => (looksLikeDefinition(text) ? 'admin' : undefined),
  touches: ({ database: name, query: text }) => [
    `${looksLikeDefinition(text) ? 'What is defined' : 'Rows'} in the database ${name}`,
  ],
  input: z.object({
    database,
    query: z
      .string()
      .min(1)
      .describe(
        'One PostgreSQL statement that changes rows, with RETURNING to see them, or defines tables, indexes, views, sequences, types or schemas. Values belong into params as $1, $2, …',
      ),
    params,
    timeoutMs,
  }),
  output: z.object({
    command: z.string().describe('What was done, such as INSERT or CREATE TABLE'),
    rowCount: z.int().nullable().describe('Rows that were changed; null where it is not about rows'),
    rows: rows.describe('What RETURNING gives, in the shape of query'),
    columns,
    more: z.boolean().describe('The change is complete, but RETURNING gave more than 1,000 rows or 1 MiB of JSON'),
  }),
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: false },
  deadlineMs: CHANGING_MS,
});
