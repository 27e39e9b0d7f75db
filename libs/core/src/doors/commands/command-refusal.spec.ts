import { describe, expect, it } from 'vitest';
import { tokenize } from './command-line.js';
import { bind, refusal, sets } from './testing/example-commands.js';

describe('a line that fits no command', () => {
  it.each<[string, string[]]>([
    ['/mcp-postgres demo lst tables', ['/mcp-postgres <database> list tables [--schema=<text>] [--include-views]']],
    ['/mcp-cloudflare zone list', ['/mcp-cloudflare zones list [--name=<text>]']],
    ['/mcp-n8n excute w', ['/mcp-n8n execute <workflow> [--data=<value>] [--wait]']],
    ['/mcp-github issues', ['/mcp-github list-issues ']],
    ['/mcp-mem0 zzzzzzzzzz', []],
  ])('%s is unknown', (command, [near, ...others]) => {
    const error = refusal(command);
    expect(error.kind).toBe('unknown');
    expect(others).toEqual([]);
    expect(error.details.didYouMean?.[0] ?? '').toContain(near ?? '');
    expect(error.details.didYouMean?.length ?? 0).toBeLessThanOrEqual(3);
    expect(error.message).toContain('help lists the commands');
  });

  it('suggests only what the caller may see', () => {
    const line = tokenize('/mcp-postgres demo lst tables');
    if (line.kind !== 'call') throw new Error('not a call');
    const visible = (operation: string) => operation !== 'list-tables';
    expect(() => sets.postgres?.bind(line, visible)).toThrow(
      expect.objectContaining({
        details: { didYouMean: expect.not.arrayContaining([expect.stringContaining('list tables')]) },
      }),
    );
  });

  it('says what to write when there are no words', () => {
    expect(refusal('/mcp-postgres')).toMatchObject({ kind: 'invalid' });
    expect(refusal('/mcp-postgres --x {"a": 1}').message).toContain('/mcp-postgres help lists the commands');
  });
});

describe('a command whose arguments do not fit', () => {
  it.each<[string, string, string]>([
    [
      '/mcp-github merge-pr',
      'number',
      '<number> is missing. Usage: /mcp-github merge-pr <number> [--method=<merge|squash|rebase>]',
    ],
    ['/mcp-postgres list tables', 'database', '<database> is missing. Usage: /mcp-postgres <database> list tables'],
    ['/mcp-postgres query "SELECT 1"', 'database', '<database> is missing'],
    ['/mcp-postgres demo describe', 'table', '<table> is missing'],
    ['/mcp-postgres demo locks now', 'command', '"now" is too much. Put words that belong together into quotes'],
    ['/mcp-postgres demo explain SELECT 1', 'command', '"1" is too much'],
    [
      '/mcp-postgres demo locks --min 5',
      'min',
      '--min is not a flag of this command. It takes --database, --min-seconds',
    ],
    ['/mcp-postgres demo locks --min-second=5', 'min-second', 'Did you mean --min-seconds?'],
    ['/mcp-postgres demo locks --constructor=5', 'constructor', '--constructor is not a flag'],
    ['/mcp-postgres demo locks --no-min-seconds', 'no-min-seconds', '--no-min-seconds is not a flag'],
    ['/mcp-postgres list databases --x', 'x', 'It takes no flags'],
    ['/mcp-postgres demo locks --min-seconds', 'minSeconds', '--min-seconds needs a value: --min-seconds=<number>'],
    ['/mcp-postgres demo list tables --schema --include-views', 'schema', '--schema needs a value: --schema=<text>'],
    ['/mcp-postgres demo list tables --no-include-views=1', 'includeViews', '--no-include-views takes no value'],
    ['/mcp-postgres demo locks --min-seconds=5 --min-seconds=6', 'minSeconds', 'minSeconds is given twice'],
    ['/mcp-postgres demo locks --min-seconds=5 {"minSeconds": 6}', 'minSeconds', 'minSeconds is given twice'],
    ['/mcp-postgres demo list tables --include-views --no-include-views', 'includeViews', 'is given twice'],
    ['/mcp-github merge-pr 5 --number=6', 'number', 'number is given twice, with different values'],
  ])('%s', (command, path, message) => {
    const error = refusal(command);
    expect(error.kind).toBe('invalid');
    expect(error.details.issues?.map((issue) => issue.path)).toEqual([path]);
    expect(error.message).toContain(message);
    expect(error.message).toContain(`Usage: ${String(error.details.usage)}`);
  });

  it('hears of the command it may have meant', () => {
    expect(refusal('/mcp-mem0 list entites').details.didYouMean).toEqual([
      '/mcp-mem0 list-entities [--type=<user|agent>]',
    ]);
  });

  it('is handed on when the caller may not know of it', () => {
    const hidden = () => false;
    expect(bind('/mcp-github merge-pr --foo', hidden)).toEqual({ operation: 'merge-pr', arguments: {} });
    expect(bind('/mcp-github merge-pr 5 6', hidden)).toEqual({ operation: 'merge-pr', arguments: { number: 5 } });
  });
});
