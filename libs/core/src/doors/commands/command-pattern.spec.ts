import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileCommands, written, type CommandOperation } from './command-pattern.js';
import { usageOf } from './command-usage.js';

const table = z.object({
  database: z.string(),
  table: z.string(),
  schema: z.string().optional(),
  includeViews: z.boolean().optional(),
  words: z.array(z.string()).optional(),
});

function operation(name: string, slash?: string | readonly string[], input: z.ZodObject = table): CommandOperation {
  const inputSchema = z.toJSONSchema(input, { io: 'input' });
  return { name, description: `About ${name}.`, inputSchema, ...(slash !== undefined && { slash }) };
}

const compile = (...operations: CommandOperation[]) => compileCommands('demo', operations);

describe('a pattern', () => {
  it.each<[string | undefined, string[]]>([
    ['<database> list tables', ['<database> list tables', '<database> describe-table']],
    ['<database> describe <table>', ['<database> describe <table>', '<database> describe-table <table>']],
    ['describe_table [includeViews]', ['describe_table [include-views]']],
    ['describe table [include-views]', ['describe table [include-views]']],
    ['get  <words...> ', ['get <words...>', 'describe-table <words...>']],
    ['a <table> b c [words...]', ['a <table> b c [words...]', 'describe-table <table> [words...]']],
    [undefined, ['describe-table <database> <table>']],
  ])('%j can be written as %j', (slash, ways) => {
    const [command] = compile(operation('describe-table', slash));
    expect(command?.ways.map(written)).toEqual(ways);
  });

  it('may mean with its name what another one does not', () => {
    const [command] = compile(operation('describe-table', ['<database> describe <table>', 'next <table>']));
    expect(command?.ways.map(written)).toEqual([
      '<database> describe <table>',
      'next <table>',
      '<database> describe-table <table>',
    ]);
  });

  it('may be one of several', () => {
    const [command] = compile(operation('remember', ['remember <table>', 'add <table>']));
    expect(command?.patterns.map(written)).toEqual(['remember <table>', 'add <table>']);
    expect(command?.ways.map(written)).toEqual(['remember <table>', 'add <table>']);
  });

  it.each<[string | string[], string]>([
    [
      'list <tabel>',
      'demo.list: slash pattern "list <tabel>" names <tabel>, which is not a field of the input (database,',
    ],
    ['list <constructor>', 'names <constructor>, which is not a field'],
    ['list <table> [table]', 'names [table] twice'],
    ['list <words...> [table]', 'goes on after <words...>'],
    ['list <words...> now', 'goes on after <words...>'],
    ['List', 'holds "List"'],
    ['list <table', 'holds "<table"'],
    ['list {table}', 'holds "{table}"'],
    ['list --flag', 'holds "--flag"'],
    ['list <table..>', 'holds "<table..>"'],
    ['<table>', 'needs a plain word'],
    ['', 'holds ""'],
    ['help', 'is the word for help'],
    [[], 'demo.list: its list of slash patterns is empty'],
    [['get <table>', 'get <database>'], 'demo.list: "get <database>" and "get <table>" are the same pattern'],
  ])('%j stops the start', (slash, message) => {
    expect(() => compile(operation('list', slash))).toThrow(message);
  });
});

it('are read at once of a schema that contains itself many times over', () => {
  const $defs = { each: { anyOf: Array.from({ length: 1_000 }, () => ({ $ref: '#/$defs/each' })) } };
  const inputSchema = { type: 'object', properties: { all: { $ref: '#/$defs/each' } }, $defs };
  expect(compile({ name: 'walk', description: '', inputSchema })).toHaveLength(1);
});

describe('two operations', () => {
  it.each([
    ['get <table>', 'get <database>'],
    ['get <table>', 'get [database]'],
    ['get [table]', 'get'],
    ['get <table> [schema]', 'get [database]'],
    ['get <table> [schema]', 'get <words...>'],
    ['get <words...>', 'get <table> <database>'],
    ['get <words...>', 'get <table> [words...]'],
    ['get [words...]', 'get'],
    ['list tables', 'list-tables'],
    ['list [schema] tables', 'list_tables'],
    ['<database> list tables', '<table> list-tables'],
    ['<database> other', '<table> first'],
    ['<database> second', '<table> other'],
  ])('can not share %j and %j', (one, other) => {
    expect(() => compile(operation('first', one), operation('second', other))).toThrow(
      /^demo\.second: nothing tells ".+" of demo\.second from ".+" of demo\.first\. Give/,
    );
  });

  it.each([
    ['get <table>', 'get all'],
    ['get <table>', 'get'],
    ['get <table>', 'get <table> <schema>'],
    ['get <table> <schema>', 'get [table]'],
    ['<database> list', 'query <table>'],
    ['purge <table>', 'purge everything <table>'],
  ])('can have %j and %j', (one, other) => {
    expect(compile(operation('first', one), operation('second', other))).toHaveLength(2);
  });
});

describe('a usage line', () => {
  const input = z.object({
    database: z.string(),
    state: z.enum(['open', 'closed']),
    schema: z.string().default('public'),
    includeViews: z.boolean().optional(),
    infer: z.boolean().default(true),
    limit: z.int().optional(),
    threshold: z.number().nullish(),
    labels: z.array(z.string()).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    anyOne: z.unknown().optional(),
    fields: z.array(z.enum(['a', 'b'])).optional(),
  });

  it('shows the pattern, then required flags, then the others', () => {
    const [command] = compile(operation('list-tables', '<database> list tables', input));
    expect(command && usageOf('demo', command)).toBe(
      '/mcp-demo <database> list tables --state=<open|closed> [--schema=<text>] [--include-views] [--no-infer] ' +
        '[--limit=<integer>] [--threshold=<number>] [--labels=<text,...>] [--metadata=<json>] [--any-one=<value>] ' +
        '[--fields=<a|b,...>]',
    );
  });
});
