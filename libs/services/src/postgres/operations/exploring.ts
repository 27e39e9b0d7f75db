import { z } from 'zod';
import { declare } from '#libs/kit';
import { database, figure, more, reading, schema, table } from './fields.js';

export const listDatabases = declare({
  name: 'list-databases',
  title: 'List databases',
  description: 'Lists the configured databases with the names by which the other operations take them.',
  slash: 'list databases',
  input: z.object({ database: database.optional().describe('Show only this one') }),
  output: z.object({
    databases: z.array(
      z.object({
        name: z.string(),
        aliases: z.array(z.string()).describe('Other names by which it can be called'),
        state: z.enum(['ready', 'unavailable']),
        reason: z.string().optional(),
        writable: z.boolean().describe('Whether execute may change it'),
      }),
    ),
  }),
  ...reading,
});

export const listSchemas = declare({
  name: 'list-schemas',
  title: 'List schemas',
  description: 'Lists the schemas of a database and how many tables and views each has.',
  slash: '<database> list schemas',
  input: z.object({ database }),
  output: z.object({
    schemas: z.array(
      z.object({ name: z.string(), tables: z.int(), views: z.int(), description: z.string().nullable() }),
    ),
  }),
  ...reading,
});

const tableDetails = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string().describe('table, partitioned table, foreign table, view or materialized view'),
  rows: figure.describe('An estimate; null where there is none'),
  bytes: figure.describe('With indexes and all partitions'),
  description: z.string().nullable(),
});

export const listTables = declare({
  name: 'list-tables',
  title: 'List tables',
  description: 'Lists the tables of a database with estimated rows, size and description. Start here to explore it.',
  slash: '<database> list tables',
  input: z.object({
    database,
    schema: schema.describe('Only tables of this schema; by default those of all'),
    includeViews: z.boolean().default(false).describe('Also views and materialized views'),
  }),
  output: z.object({
    tables: z.array(z.string()).describe('Names, with their schema except in "public"'),
    details: z.array(tableDetails).describe('The same tables in the same order'),
    more: more,
  }),
  ...reading,
});

export const describeTable = declare({
  name: 'describe-table',
  title: 'Describe a table',
  description:
    'Shows the columns, constraints, foreign keys in both directions, indexes and comments of one table or view. Use it before writing a query.',
  slash: '<database> describe <table>',
  input: z.object({
    database,
    table: table.describe('Name of a table or view, such as "users" or "audit.events"'),
    schema: schema.describe('Its schema, where the name does not carry it'),
  }),
  output: tableDetails.extend({
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        nullable: z.boolean(),
        default: z.string().nullable(),
        identity: z.boolean(),
        generated: z.boolean(),
        description: z.string().nullable(),
      }),
    ),
    constraints: z.array(
      z.object({ name: z.string(), kind: z.string(), columns: z.array(z.string()), definition: z.string() }),
    ),
    foreignKeys: z.array(
      z.object({
        name: z.string(),
        columns: z.array(z.string()),
        table: z.string(),
        referencedColumns: z.array(z.string()),
      }),
    ),
    referencedBy: z.array(z.object({ name: z.string(), table: z.string(), columns: z.array(z.string()) })),
    indexes: z.array(
      z.object({
        name: z.string(),
        unique: z.boolean(),
        primary: z.boolean(),
        valid: z.boolean(),
        definition: z.string(),
        bytes: z.number(),
      }),
    ),
  }),
  ...reading,
});

export const objectTypes = [
  'table',
  'view',
  'materialized-view',
  'foreign-table',
  'index',
  'sequence',
  'function',
  'procedure',
  'type',
  'trigger',
  'policy',
  'extension',
] as const;

export const listObjects = declare({
  name: 'list-objects',
  title: 'List objects of a type',
  description:
    'Lists the objects of one type in one schema: sequences, functions, types, triggers, policies and what else a schema can hold. For tables with their sizes use list-tables.',
  slash: '<database> list objects <schema> <type>',
  input: z.object({
    database,
    schema: z.string().min(1).max(100).describe('Name of a schema, such as "public"; list-schemas shows them all'),
    type: z.enum(objectTypes).describe('What to list'),
  }),
  output: z.object({
    schema: z.string(),
    type: z.enum(objectTypes),
    objects: z.array(
      z.object({
        name: z.string(),
        detail: z
          .string()
          .nullable()
          .describe('What matters for the type: a signature, labels of an enum, the table of a trigger, …'),
        description: z.string().nullable(),
      }),
    ),
    more,
  }),
  ...reading,
});

export const listIndexes = declare({
  name: 'list-indexes',
  title: 'List indexes',
  description:
    'Lists indexes with their table, columns, size and how often they were used since the statistics began. For what to drop or add ask health-check and index-advice.',
  slash: '<database> list indexes',
  input: z.object({
    database,
    schema: schema.describe('Only indexes of this schema; by default those of all'),
    table: table.optional().describe('Only indexes of this table, such as "users" or "audit.events"'),
  }),
  output: z.object({
    indexes: z.array(
      z.object({
        schema: z.string(),
        name: z.string(),
        table: z.string(),
        method: z.string().describe('btree, gin, gist, …'),
        columns: z.array(z.string()).describe('Columns and expressions, with those that are only included'),
        unique: z.boolean(),
        primary: z.boolean(),
        valid: z.boolean().describe('False after a failed CREATE INDEX CONCURRENTLY: written to, never read'),
        definition: z.string(),
        bytes: z.number(),
        scans: figure,
        lastUsed: z.string().nullable().optional().describe('Known since PostgreSQL 16'),
      }),
    ),
    more,
  }),
  ...reading,
});

export const listExtensions = declare({
  name: 'list-extensions',
  title: 'List extensions',
  description: 'Lists the extensions that a database has, with their versions, and those that could be added.',
  slash: '<database> list extensions',
  input: z.object({ database, schema: schema.describe('Only extensions of this schema; by default those of all') }),
  output: z.object({
    extensions: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        newerVersion: z.string().nullable().describe('What ALTER EXTENSION … UPDATE would bring'),
        schema: z.string(),
        description: z.string().nullable(),
      }),
    ),
    available: z.array(z.string()).describe('On the server, but not added to this database'),
  }),
  ...reading,
});

export const listViews = declare({
  name: 'list-views',
  title: 'List views',
  description: 'Lists views and materialized views with the query behind each.',
  slash: '<database> list views',
  input: z.object({ database, schema: schema.describe('Only views of this schema; by default those of all') }),
  output: z.object({
    views: z.array(
      z.object({
        schema: z.string(),
        name: z.string(),
        materialized: z.boolean(),
        populated: z.boolean().describe('False for a materialized view that was never refreshed'),
        updatable: z.boolean().describe('Whether rows can be changed through it'),
        columns: z.array(z.string()),
        definition: z.string(),
        description: z.string().nullable(),
      }),
    ),
    more,
  }),
  ...reading,
});
