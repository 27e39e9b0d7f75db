import { describe, expect, it } from 'vitest';
import { tokenize } from './command-line.js';
import { CommandSet } from './command-set.js';
import { bind } from './testing/example-commands.js';

describe('values by schema', () => {
  it.each<[command: string, args: object]>([
    ['/mcp-mem0 search tea --top-k=-5', { query: 'tea', topK: -5 }],
    ['/mcp-mem0 search tea --top-k=5.5', { query: 'tea', topK: '5.5' }],
    ['/mcp-mem0 search tea --top-k=many', { query: 'tea', topK: 'many' }],
    ['/mcp-mem0 search tea --top-k=12345678901234567890', { query: 'tea', topK: '12345678901234567890' }],
    ['/mcp-mem0 search tea --threshold .5e-1', { query: 'tea', threshold: 0.05 }],
    ['/mcp-mem0 search tea --threshold=null', { query: 'tea', threshold: null }],
    ['/mcp-mem0 search tea --threshold=1e999', { query: 'tea', threshold: '1e999' }],
    ['/mcp-mem0 search 42', { query: '42' }],
    [`/mcp-mem0 remember tea --metadata='{"a": [1]}'`, { text: 'tea', metadata: { a: [1] } }],
    ['/mcp-mem0 remember tea --metadata=[1]', { text: 'tea', metadata: '[1]' }],
    ['/mcp-mem0 remember tea --metadata=nope', { text: 'tea', metadata: 'nope' }],
    ['/mcp-github list-issues --assignee=null', { assignee: 'null' }],
    ['/mcp-github list-issues --labels bug,ui', { labels: ['bug', 'ui'] }],
    ['/mcp-github list-issues --label bug --labels="ui, help wanted"', { labels: ['bug', 'ui', 'help wanted'] }],
    [`/mcp-github list-issues --labels='["a,b"]'`, { labels: ['a,b'] }],
    ['/mcp-github list-issues --labels=[wip],x', { labels: ['[wip]', 'x'] }],
    ['/mcp-github list-issues --labels=', { labels: [] }],
    ['/mcp-github list-issues --milestones=1,2,x', { milestones: [1, 2, 'x'] }],
    ['/mcp-postgres demo query "SELECT 1" --params=1,a', { database: 'demo', query: 'SELECT 1', params: ['1', 'a'] }],
    [
      `/mcp-postgres demo query x --params='[1, "a,b", null]'`,
      { database: 'demo', query: 'x', params: [1, 'a,b', null] },
    ],
    ['/mcp-github dispatch-workflow 7 main', { workflow: '7', ref: 'main' }],
    [`/mcp-github dispatch-workflow a b --jobs='[{"id":1}]'`, { workflow: 'a', ref: 'b', jobs: [{ id: 1 }] }],
    [`/mcp-github dispatch-workflow a b --job='{"id":1}'`, { workflow: 'a', ref: 'b', jobs: [{ id: 1 }] }],
    ['/mcp-github dispatch-workflow a b --jobs=1,2', { workflow: 'a', ref: 'b', jobs: '1,2' }],
    [`/mcp-n8n execute w --data='{"a":1}'`, { workflow: 'w', data: { a: 1 } }],
    ['/mcp-n8n execute w --data=5', { workflow: 'w', data: '5' }],
  ])('%s', (command, args) => {
    expect(bind(command).arguments).toStrictEqual(args);
  });

  it('of many digits that are no number are told from one at once', () => {
    const text = `${'1'.repeat(30_000)}x`;
    const startedAt = performance.now();
    expect(bind(`/mcp-mem0 search tea --threshold=${text}`).arguments).toStrictEqual({ query: 'tea', threshold: text });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('schemas', () => {
  it('may refer to parts of themselves', () => {
    const set = new CommandSet('x', [
      {
        name: 'go',
        description: '',
        inputSchema: {
          type: 'object',
          properties: {
            id: { $ref: '#/$defs/Id' },
            tree: { $ref: '#/$defs/Tree' },
            lost: { $ref: '#/nowhere' },
            either: { oneOf: [{ type: 'boolean' }, { type: 'integer' }] },
            level: { enum: [1, 2, null] },
            snake_case: { type: ['integer', 'null'] },
          },
          $defs: { Id: { type: 'integer' }, Tree: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
        },
      },
    ]);
    const line = tokenize('/mcp-x go --id=1 --tree [[]] --lost=a --either=7 --level 2 --snake-case=3');
    expect(line.kind === 'call' && set.bind(line).arguments).toEqual({
      id: 1,
      tree: [[]],
      lost: 'a',
      either: 7,
      level: 2,
      snake_case: 3,
    });
  });
});
