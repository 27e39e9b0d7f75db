import { z } from 'zod';
import { declare } from '#libs/kit';
import { database, figure, limit, more, reading, schema, table, time } from './fields.js';

const minSeconds = z.number().min(0).max(86_400).default(0);

export const stats = declare({
  name: 'stats',
  title: 'Statistics',
  description: "Shows the gateway's connections to each database and the database's own totals.",
  slash: ['<database> stats', 'stats'],
  input: z.object({ database: database.optional().describe('Only this one; by default all') }),
  output: z.object({
    databases: z.array(
      z.object({
        name: z.string(),
        pool: z.object({ size: z.int(), idle: z.int(), waiting: z.int(), max: z.int() }).describe("The gateway's own"),
        totals: z
          .object({
            bytes: z.number(),
            connections: z.number(),
            commits: z.number(),
            rollbacks: z.number(),
            blocksRead: z.number(),
            blocksHit: z.number(),
            rowsReturned: z.number(),
            rowsFetched: z.number(),
            rowsInserted: z.number(),
            rowsUpdated: z.number(),
            rowsDeleted: z.number(),
            temporaryBytes: z.number(),
            deadlocks: z.number(),
            since: z.string().nullable(),
          })
          .optional()
          .describe('Of the whole database, as pg_stat_database counts them'),
        problem: z.string().optional().describe('Why there are no totals'),
      }),
    ),
  }),
  ...reading,
});

export const tableStats = declare({
  name: 'table-stats',
  title: 'Statistics of tables',
  description:
    'Shows for each table how it is read and written, its live and dead rows, and when it was last vacuumed and analyzed. The largest come first.',
  slash: '<database> table stats [table]',
  input: z.object({
    database,
    table: table
      .optional()
      .describe('Only this one, such as "users" or "audit.events", with all its partitions together; by default all'),
    schema: schema.describe('Only tables of this schema'),
    limit: limit.describe('Tables to show at most'),
  }),
  output: z.object({
    tables: z.array(
      z.object({
        schema: z.string(),
        name: z.string(),
        bytes: z.number().describe('With indexes and long values'),
        tableBytes: z.number(),
        indexBytes: z.number(),
        liveRows: z.number(),
        deadRows: z.number(),
        sequentialScans: z.number(),
        sequentialRows: z.number().describe('Rows that sequential scans read'),
        indexScans: figure,
        rowsInserted: z.number(),
        rowsUpdated: z.number(),
        rowsUpdatedInPlace: z.number().describe('Without touching indexes (HOT)'),
        rowsDeleted: z.number(),
        changedSinceAnalyze: z.number(),
        bufferHitPercent: figure,
        lastVacuum: time.describe('By hand or automatically, whichever is later'),
        lastAnalyze: time,
      }),
    ),
    more,
  }),
  ...reading,
});

export const settings = declare({
  name: 'settings',
  title: 'Server settings',
  description:
    "Shows PostgreSQL's settings: those that differ from the built-in defaults, or all of a category or with a word in their name. Never paths, addresses or credentials.",
  slash: '<database> settings [category]',
  input: z.object({
    database,
    category: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('All settings of the categories that contain this text, such as "Autovacuum" or "Memory"'),
    name: z.string().min(1).max(100).optional().describe('All settings whose name contains this text'),
  }),
  output: z.object({
    settings: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        unit: z.string().nullable(),
        default: z.string().nullable(),
        source: z.string().describe('Where the value is from; "client" is the gateway\'s own session'),
        pendingRestart: z.boolean(),
        category: z.string(),
        description: z.string(),
      }),
    ),
    categories: z.array(z.string()).describe('All that there are'),
  }),
  ...reading,
});

const running = z.object({
  pid: z.int(),
  role: z.string().nullable(),
  application: z.string().nullable(),
  state: z.string().nullable().describe('active, idle in transaction, …'),
  query: z.string().nullable().describe('The current or last statement, cut at 1,000 characters'),
  seconds: figure.describe('Since its statement began'),
  transactionSeconds: figure.describe('Since its transaction began'),
});

const hidden = z
  .int()
  .describe('Sessions of other roles that this role may not look into; GRANT pg_read_all_stats would show them');

export const activeQueries = declare({
  name: 'active-queries',
  title: 'Running queries',
  description:
    'Shows what a database is doing at the moment: running statements and open transactions, the longest first, what each waits for and who blocks it.',
  slash: '<database> active queries',
  input: z.object({
    database,
    limit: limit.describe('Sessions to show at most'),
    minSeconds: minSeconds.describe('Only statements that run at least so long'),
  }),
  output: z.object({
    queries: z.array(
      running.extend({
        waitsFor: z.string().nullable().describe('Such as "Lock: transactionid"; null while it works'),
        blockedBy: z.array(z.int()).describe('Process ids; locks tells more'),
      }),
    ),
    hidden,
    more,
  }),
  ...reading,
});

export const locks = declare({
  name: 'locks',
  title: 'Who blocks whom',
  description:
    'Shows the sessions of a database that wait for a lock, which lock that is, and who holds it. Empty when nobody waits.',
  slash: '<database> locks',
  input: z.object({
    database,
    limit: limit.describe('Waiting sessions to show at most'),
    minSeconds: minSeconds.describe('Only sessions whose statement runs at least so long'),
  }),
  output: z.object({
    waiting: z.array(
      running.extend({
        lock: z
          .object({ type: z.string(), mode: z.string(), relation: z.string().nullable() })
          .nullable()
          .describe('What it waits for'),
        waitingSeconds: figure,
        blockedBy: z.array(running).describe('Those that hold it, or wait before it'),
      }),
    ),
    hidden,
    more,
  }),
  ...reading,
});

export const topQueries = declare({
  name: 'top-queries',
  title: 'Most expensive queries',
  description:
    'Shows which statements cost a database most, from pg_stat_statements: calls, times, rows and buffers since its statistics began. Needs that extension, and says so where it is missing.',
  slash: '<database> top queries',
  input: z.object({
    database,
    sort: z
      .enum(['total', 'mean', 'calls', 'rows', 'reads'])
      .default('total')
      .describe('By total time, mean time, calls, rows, or blocks read from outside the buffers'),
    limit: z.int().min(1).max(500).default(10).describe('Statements to show at most'),
  }),
  output: z.object({
    queries: z.array(
      z.object({
        query: z.string().describe('With $1, $2, … for its values, cut at 4,000 characters'),
        calls: z.number(),
        totalMs: z.number(),
        meanMs: z.number(),
        slowestMs: z.number(),
        rows: z.number(),
        percentOfTime: z.number().describe('Of all statements of this database'),
        bufferHitPercent: figure,
        blocksRead: z.number(),
        temporaryBlocks: z.number(),
      }),
    ),
    hidden: z
      .int()
      .describe('Statements of other roles that this role may not see; GRANT pg_read_all_stats would show them'),
    since: time.describe('When the statistics began'),
    more,
  }),
  ...reading,
});

export const cancelQuery = declare({
  name: 'cancel-query',
  title: 'Cancel a running query',
  description:
    "Cancels the statement that a session of the gateway's own role is running in this database, such as a query of the gateway that takes too long. The session itself goes on. active-queries shows the process ids.",
  slash: '<database> cancel query <pid>',
  input: z.object({ database, pid: z.int().min(1).max(2_147_483_647).describe('Process id of the session') }),
  output: z.object({
    pid: z.int(),
    cancelled: z.boolean().describe('Whether PostgreSQL passed the request on'),
    query: z.string().nullable().describe('What it was running'),
    seconds: figure.describe('How long it had been running'),
  }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: false },
});
