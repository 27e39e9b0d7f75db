import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { tokenize } from './command-line.js';
import { CommandSet } from './command-set.js';
import { bind, operations, sets } from './testing/example-commands.js';

type Case = [command: string, operation: string, args: object];
const cases = (all: Case[]) => {
  it.each(all)('%s', (command, operation, args) => {
    expect(bind(command)).toStrictEqual({ operation, arguments: args });
  });
};

describe('the examples of the contract', () => {
  cases([
    ['/mcp-postgres kids-ascension-db list tables', 'list-tables', { database: 'kids-ascension-db' }],
    ['/mcp-postgres ozean-licht-db describe users', 'describe-table', { database: 'ozean-licht-db', table: 'users' }],
    [
      '/mcp-postgres kids-ascension-db query "SELECT * FROM videos LIMIT 10"',
      'query',
      { database: 'kids-ascension-db', query: 'SELECT * FROM videos LIMIT 10' },
    ],
    ['/mcp-mem0 remember "User prefers TypeScript"', 'remember', { text: 'User prefers TypeScript' }],
    ['/mcp-mem0 search "programming preferences"', 'search', { query: 'programming preferences' }],
    ['/mcp-mem0 get-context agent_001', 'get-context', { agentId: 'agent_001' }],
    ['/mcp-n8n execute workflow_123 {"data": "payload"}', 'execute', { workflow: 'workflow_123', data: 'payload' }],
    ['/mcp-n8n list-workflows', 'list-workflows', {}],
    ['/mcp-n8n get-execution exec_456', 'get-execution', { id: 'exec_456' }],
    ['/mcp-cloudflare dns list-records ozean-licht.dev', 'dns-list-records', { zone: 'ozean-licht.dev' }],
    ['/mcp-cloudflare stream upload /videos/lesson1.mp4', 'stream-upload', { path: '/videos/lesson1.mp4' }],
    ['/mcp-cloudflare zones list', 'zones-list', {}],
    ['/mcp-github list-repos ozean-licht', 'list-repos', { owner: 'ozean-licht' }],
    [
      '/mcp-github create-pr "feat: Add feature" "Description here"',
      'create-pr',
      { title: 'feat: Add feature', body: 'Description here' },
    ],
    ['/mcp-github list-issues --label=bug', 'list-issues', { labels: ['bug'] }],
    ['/mcp-github merge-pr 123', 'merge-pr', { number: 123 }],
    ['/mcp-postgres demo list tables', 'list-tables', { database: 'demo' }],
  ]);
});

describe('words', () => {
  cases([
    ['/mcp-postgres demo list-tables', 'list-tables', { database: 'demo' }],
    ['/mcp-postgres demo list_tables', 'list-tables', { database: 'demo' }],
    ['/mcp-postgres demo describe-table users', 'describe-table', { database: 'demo', table: 'users' }],
    ['/mcp-postgres demo describe table users', 'describe-table', { database: 'demo', table: 'users' }],
    ['/mcp-postgres demo describe "list tables"', 'describe-table', { database: 'demo', table: 'list tables' }],
    ['/mcp-postgres list list-tables', 'list-tables', { database: 'list' }],
    ['/mcp-postgres demo query SELECT 1', 'query', { database: 'demo', query: 'SELECT 1' }],
    ["/mcp-postgres demo query 'SELECT  1' ''", 'query', { database: 'demo', query: 'SELECT  1 ' }],
    ['/mcp-postgres demo query "-- all\nSELECT 1"', 'query', { database: 'demo', query: '-- all\nSELECT 1' }],
    ['/mcp-mem0 add likes tea', 'remember', { text: 'likes tea' }],
    ['/mcp-mem0 remember -- --dark is liked', 'remember', { text: '--dark is liked' }],
    ['/mcp-mem0 remember constructor', 'remember', { text: 'constructor' }],
    ['/mcp-cloudflare dns-list-records a.dev', 'dns-list-records', { zone: 'a.dev' }],
    ['/mcp-cloudflare dns list records a.dev', 'dns-list-records', { zone: 'a.dev' }],
    ['/mcp-cloudflare zones-list', 'zones-list', {}],
    ['/mcp-cloudflare stream upload', 'stream-upload', {}],
    ['/mcp-cloudflare cache purge a.dev', 'cache-purge', { zone: 'a.dev' }],
    ['/mcp-cloudflare cache purge a.dev /a,b /c', 'cache-purge', { zone: 'a.dev', files: ['/a,b', '/c'] }],
    ['/mcp-cloudflare cache purge everything a.dev', 'cache-purge-everything', { zone: 'a.dev' }],
    ['/mcp-mem0 delete m_1', 'forget', { memoryId: 'm_1' }],
    ['/mcp-mem0 delete all', 'delete-all', {}],
    ['/mcp-mem0 list entities', 'list-entities', {}],
  ]);
});

describe('a line that fits several commands', () => {
  const inputSchema = { type: 'object', properties: { a: {}, b: {}, c: {} } };
  const set = (...patterns: string[]) =>
    new CommandSet(
      'x',
      patterns.map((slash, at) => ({ name: `number-${at}`, description: '', slash, inputSchema })),
    );

  it.each<[string[], string, string]>([
    [['get <a>', 'get all'], '/mcp-x get all', 'number-1'],
    [['purge <a> [b]', 'purge everything <b>'], '/mcp-x purge everything now', 'number-1'],
    [['<a> list', 'query <b>'], '/mcp-x query list', 'number-1'],
    [['query <b>', '<a> list'], '/mcp-x query list', 'number-0'],
    [['list <a>', 'list all <b>'], '/mcp-x list all', 'number-0'],
    [['demo <a> <b>', '<a> list tables'], '/mcp-x demo list tables', 'number-1'],
    [['go', 'go <a> <b> <c>'], '/mcp-x go 1 2', 'number-1'],
    [['<a> <b> go', 'x-go'], '/mcp-x x go', 'number-1'],
    [['go', 'go now [a]'], '/mcp-x go --a=1 now', 'number-1'],
  ])('of %j: %s', (patterns, command, operation) => {
    const line = tokenize(command);
    if (line.kind !== 'call') throw new Error('not a call');
    expect(set(...patterns).bind(line, () => false).operation).toBe(operation);
  });

  it('goes to the one that knows its flags', () => {
    const knowing = new CommandSet('x', [
      { name: 'second', description: '', slash: 'query <b>', inputSchema: { properties: { b: {} } } },
      { name: 'first', description: '', slash: '<a> list', inputSchema: { properties: { a: {}, c: {} } } },
    ]);
    const line = tokenize('/mcp-x query list --c=1');
    expect(line.kind === 'call' && knowing.bind(line).operation).toBe('first');
  });
});

describe('flags and JSON', () => {
  cases([
    ['/mcp-postgres demo list tables --include-views', 'list-tables', { database: 'demo', includeViews: true }],
    ['/mcp-postgres --include-views demo list tables', 'list-tables', { database: 'demo', includeViews: true }],
    ['/mcp-postgres --includeViews false demo list tables', 'list-tables', { database: 'demo', includeViews: false }],
    ['/mcp-postgres demo list tables --no-include-views', 'list-tables', { database: 'demo', includeViews: false }],
    ['/mcp-postgres demo list tables --include-views=no', 'list-tables', { database: 'demo', includeViews: 'no' }],
    ['/mcp-postgres demo list tables --schema public', 'list-tables', { database: 'demo', schema: 'public' }],
    ['/mcp-postgres --schema public demo list tables', 'list-tables', { database: 'demo', schema: 'public' }],
    ['/mcp-postgres list-tables --database=demo', 'list-tables', { database: 'demo' }],
    ['/mcp-postgres demo list-tables --database=demo', 'list-tables', { database: 'demo' }],
    [
      '/mcp-postgres describe {"database": "demo", "table": "users"}',
      'describe-table',
      { database: 'demo', table: 'users' },
    ],
    ['/mcp-postgres describe users --database demo', 'describe-table', { table: 'users', database: 'demo' }],
    ['/mcp-github create-pr --draft "true"', 'create-pr', { title: 'true', draft: true }],
    ['/mcp-github create-pr Title --draft true', 'create-pr', { title: 'Title', draft: true }],
    ['/mcp-github create-pr --title=Title Body', 'create-pr', { body: 'Body', title: 'Title' }],
    ['/mcp-mem0 remember tea --no-infer', 'remember', { text: 'tea', infer: false }],
    ['/mcp-mem0 remember tea {"metadata": {"a": 1}}', 'remember', { text: 'tea', metadata: { a: 1 } }],
    ['/mcp-mem0 search tea --top-k 5 {"topK": 5}', 'search', { query: 'tea', topK: 5 }],
    ['/mcp-n8n execute w {"nobody": "knows"}', 'execute', { workflow: 'w', nobody: 'knows' }],
    ['/mcp-n8n execute {"workflow": "w", "data": {"__proto__": 1}}', 'execute', { workflow: 'w', data: {} }],
  ]);
});

describe('help', () => {
  it('shows every way to write what the caller may use', () => {
    expect(sets.mem0?.help((operation) => ['forget', 'list'].includes(operation))).toEqual([
      { operation: 'list', usage: ['/mcp-mem0 list [--agent-id=<text>]'], description: 'About list.' },
      {
        operation: 'forget',
        usage: ['/mcp-mem0 forget <memory-id>', '/mcp-mem0 delete <memory-id>'],
        description: 'About forget.',
      },
    ]);
  });
});

describe('any line', () => {
  it('is bound or refused, and touches no prototype', () => {
    const piece = fc.constantFrom(
      ...['demo', 'list', 'tables', 'list-tables', 'query', '"a b"', '--schema', '--include-views', '--no-x', '--'],
      ...['--__proto__=1', '--constructor', '--to-string=1', '__proto__', '{"__proto__": {"polluted": 1}}', '5', "''"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), fc.constantFrom(...Object.keys(operations)), (pieces, service) => {
        try {
          bind(`/mcp-${service} ${pieces.join(' ')}`);
        } catch (error) {
          expect(error).toBeInstanceOf(OperationError);
          expect(['invalid', 'unknown']).toContain((error as OperationError).kind);
        }
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each(['a ', '--schema=a ', '--params=a ', '--include-views ', '-', 'list ', "'' ", '--x ', 'demo query '])(
    'of 64 KiB is bound or refused at once: %j',
    (piece) => {
      const tail = piece.repeat(Math.floor(65_000 / piece.length));
      for (const start of ['/mcp-postgres ', '/mcp-postgres demo query ', '/mcp-postgres demo list tables ']) {
        const before = performance.now();
        try {
          bind(start + tail);
        } catch (error) {
          expect(error).toBeInstanceOf(OperationError);
          expect((error as OperationError).message.length).toBeLessThan(2_000);
        }
        // in a time that grew with the square it would be many seconds, on the fastest machine
        expect(performance.now() - before).toBeLessThan(2_500);
      }
    },
  );
});
