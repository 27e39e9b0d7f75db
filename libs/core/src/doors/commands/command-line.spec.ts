import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { tokenize, type CommandCall, type Token } from './command-line.js';

const word = (text: string): Token => ({ kind: 'word', text, quoted: false });
const quoted = (text: string): Token => ({ kind: 'word', text, quoted: true });
const flag = (name: string, value?: string): Token => ({ kind: 'flag', name, ...(value !== undefined && { value }) });

function call(text: string): CommandCall {
  const line = tokenize(text);
  if (line.kind !== 'call') throw new Error(`${text} asks for help`);
  return line;
}

function refusal(text: string): OperationError {
  try {
    tokenize(text);
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('the examples of the contract', () => {
  it.each<[string, string, Token[], object?]>([
    ['/mcp-postgres kids-ascension-db list tables', 'postgres', ['kids-ascension-db', 'list', 'tables'].map(word)],
    ['/mcp-postgres ozean-licht-db describe users', 'postgres', ['ozean-licht-db', 'describe', 'users'].map(word)],
    [
      '/mcp-postgres kids-ascension-db query "SELECT * FROM videos LIMIT 10"',
      'postgres',
      [word('kids-ascension-db'), word('query'), quoted('SELECT * FROM videos LIMIT 10')],
    ],
    ['/mcp-mem0 remember "User prefers TypeScript"', 'mem0', [word('remember'), quoted('User prefers TypeScript')]],
    ['/mcp-mem0 search "programming preferences"', 'mem0', [word('search'), quoted('programming preferences')]],
    ['/mcp-mem0 get-context agent_001', 'mem0', ['get-context', 'agent_001'].map(word)],
    [
      '/mcp-n8n execute workflow_123 {"data": "payload"}',
      'n8n',
      ['execute', 'workflow_123'].map(word),
      { data: 'payload' },
    ],
    ['/mcp-n8n list-workflows', 'n8n', [word('list-workflows')]],
    ['/mcp-n8n get-execution exec_456', 'n8n', ['get-execution', 'exec_456'].map(word)],
    [
      '/mcp-cloudflare dns list-records ozean-licht.dev',
      'cloudflare',
      ['dns', 'list-records', 'ozean-licht.dev'].map(word),
    ],
    [
      '/mcp-cloudflare stream upload /videos/lesson1.mp4',
      'cloudflare',
      ['stream', 'upload', '/videos/lesson1.mp4'].map(word),
    ],
    ['/mcp-cloudflare zones list', 'cloudflare', ['zones', 'list'].map(word)],
    ['/mcp-github list-repos ozean-licht', 'github', ['list-repos', 'ozean-licht'].map(word)],
    [
      '/mcp-github create-pr "feat: Add feature" "Description here"',
      'github',
      [word('create-pr'), quoted('feat: Add feature'), quoted('Description here')],
    ],
    ['/mcp-github list-issues --label=bug', 'github', [word('list-issues'), flag('label', 'bug')]],
    ['/mcp-github merge-pr 123', 'github', ['merge-pr', '123'].map(word)],
  ])('%s', (text, service, tokens, json) => {
    expect(tokenize(text)).toEqual({ kind: 'call', service, tokens, ...(json && { json }) });
  });
});

describe('words', () => {
  it.each<[string, Token[]]>([
    ['', []],
    [' \t\r\n a\n\tb  ', [word('a'), word('b')]],
    [`'a b' "c d"`, [quoted('a b'), quoted('c d')]],
    [`a'b'"c"\\d`, [quoted('abcd')]],
    [`'' ""`, [quoted(''), quoted('')]],
    [`'a\\b"c'`, [quoted('a\\b"c')]],
    [`"a\\"b\\\\c\\$d\\\`e\\nf'g"`, [quoted('a"b\\c$d`e\\nf\'g')]],
    [`a\\ b \\'`, [quoted('a b'), quoted("'")]],
    [`"line one\nline two"`, [quoted('line one\nline two')]],
    [`one\\\ntwo \\\n three \\\r\n`, [quoted('onetwo'), word('three')]],
    [`"one\\\ntwo"`, [quoted('onetwo')]],
    ['$HOME `id` a;b | c > d & *.ts ~ # !x (y)', '$HOME `id` a;b | c > d & *.ts ~ # !x (y)'.split(' ').map(word)],
    ['-5 -x a--b a{b} }', ['-5', '-x', 'a--b', 'a{b}', '}'].map(word)],
    [`\\{ '{"a":1}'`, [quoted('{'), quoted('{"a":1}')]],
    ['\\😀 é', [quoted('😀'), word('é')]],
  ])('%j', (text, tokens) => {
    expect(call(`/mcp-x ${text}`).tokens).toEqual(tokens);
  });
});

describe('flags', () => {
  it.each<[string, Token[]]>([
    ['--draft', [flag('draft')]],
    ['--state open', [flag('state'), word('open')]],
    ['--state=open', [flag('state', 'open')]],
    ['--state= x', [flag('state', ''), word('x')]],
    [`--title="a b"'c'`, [flag('title', 'a bc')]],
    ['--where=a=b', [flag('where', 'a=b')]],
    ['--includeViews --include_views', [flag('includeViews'), flag('include_views')]],
    ['a -- --draft -- b', [word('a'), word('--draft'), word('--'), word('b')]],
    [`"--draft" \\--draft '--'`, [quoted('--draft'), quoted('--draft'), quoted('--')]],
    ['\\\n--draft', [flag('draft')]],
  ])('%j', (text, tokens) => {
    expect(call(`/mcp-x ${text}`).tokens).toEqual(tokens);
  });
});

describe('the JSON object at the end', () => {
  it.each<[string, Token[], object]>([
    ['do {}', [word('do')], {}],
    ['do --x {"a": "it\'s -- {}"} \n', [word('do'), flag('x')], { a: "it's -- {}" }],
    ['-- {\n"a": 1\n}', [], { a: 1 }],
  ])('%j', (text, tokens, json) => {
    expect(call(`/mcp-x ${text}`)).toEqual({ kind: 'call', service: 'x', tokens, json });
  });
});

describe('help', () => {
  it.each([
    ['/help', undefined],
    [' /help\n', undefined],
    ['/mcp-postgres help', 'postgres'],
    ['/mcp-postgres --help', 'postgres'],
  ])('%j', (text, service) => {
    expect(tokenize(text)).toEqual({ kind: 'help', ...(service && { service }) });
  });

  it.each(['/mcp-x "help"', '/mcp-x help me', '/mcp-x demo help', '/mcp-x help {}', '/mcp-help'])('not %j', (text) => {
    expect(tokenize(text).kind).toBe('call');
  });
});

describe('what is wrong', () => {
  it.each<[string, number, string]>([
    ['', 1, 'expected /mcp-<service>, got the end of the line'],
    ['list tables', 1, 'expected /mcp-<service>, got "list tables"'],
    ['  /postgres demo', 3, 'expected /mcp-<service>'],
    ['/mcp- demo', 1, 'expected /mcp-<service>'],
    ['/mcp-"x" demo', 1, 'expected /mcp-<service>'],
    ['/help postgres', 7, '/mcp-<service> help'],
    ["/mcp-x it's", 10, "a closing ', got a ' that is never closed"],
    ['/mcp-x 😀 "a \\"', 10, 'a closing "'],
    ['/mcp-x a\\', 9, 'a character after the backslash'],
    ['/mcp-x --=5', 8, 'the name of a flag, got "--=5"'],
    ['/mcp-x ---a', 8, 'the name of a flag'],
    ['/mcp-x --a"b"', 8, 'the name of a flag'],
    ['/mcp-x --x="a', 12, 'a closing "'],
    ['/mcp-x {"a": }', 14, 'expected a value, got "}"'],
    ["/mcp-x {'a': 1}", 9, 'a member name in double quotes or }'],
    ['/mcp-x {"a" 1}', 13, 'a colon'],
    ['/mcp-x {"a": 1,}', 16, 'a member name in double quotes'],
    ['/mcp-x {"a": [1 2]}', 17, 'a comma or the closing bracket'],
    ['/mcp-x {"a": [1}}', 16, 'a comma or the closing bracket'],
    ['/mcp-x {"a": "b', 14, 'a string that is closed'],
    ['/mcp-x {"a": "\\x"}', 14, 'no escapes but those of JSON'],
    ['/mcp-x {"a": 1', 15, 'got the end of the line'],
    ['/mcp-x {"a": 1} b', 17, 'expected the end of the line, got "b"'],
    ['/mcp-x {"a": 01}', 15, 'a comma'],
  ])('%j at column %i', (text, column, message) => {
    const error = refusal(text);
    expect(error).toMatchObject({ kind: 'invalid', details: { line: 1, column } });
    expect(error.message).toContain(message);
  });

  it('is told with its line when there are several', () => {
    const error = refusal('/mcp-x do\n  {"a": 1,\n   b: 2}');
    expect(error.details).toMatchObject({ line: 3, column: 4 });
    expect(error.message).toMatch(/^Line 3, column 4: /);
  });

  it('more than 64 KiB', () => {
    expect(refusal(`/mcp-x ${'é'.repeat(32 * 1024)}`).message).toContain('64 KiB');
  });
});

describe('any text', () => {
  const quotings = [
    (text: string) => `'${text.replaceAll("'", "'\\''")}'`,
    (text: string) => `"${text.replace(/[$`"\\]/g, '\\$&')}"`,
    (text: string) =>
      text === '' ? "''" : [...text].map((char) => ('\r\n'.includes(char) ? `'${char}'` : `\\${char}`)).join(''),
  ];

  it('comes back from its quotes', () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.constantFrom(...quotings), (words, quote) => {
        expect(call(`/mcp-x ${words.map(quote).join(' ')} end`).tokens).toEqual([...words.map(quoted), word('end')]);
      }),
    );
  });

  it('is read or refused as invalid', () => {
    const pieces = ['--', '{', '}', '"', "'", '\\', '=', ' ', '\n', 'a', ':', '[', '__proto__', 'help', '-'];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('', '/mcp-x ', '/help'), (tail, head) => {
        try {
          expect(['call', 'help']).toContain(tokenize(head + tail).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(OperationError);
          expect(error).toMatchObject({ kind: 'invalid' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(["'", '"', '\\', '"\\', '{', '{"a":', '[', '--', '-- ', '--a ', 'a ', '\n', '\\\n', `'' `, '{"', '😀'])(
    'of 64 KiB is read or refused at once: %j',
    (piece) => {
      const text = `/mcp-x ${piece.repeat(64 * 1024)}`;
      for (const start of ['/mcp-x ', '/mcp-x "', '/mcp-x {"a":"']) {
        const before = performance.now();
        try {
          tokenize(start + text.slice(7, Math.floor((64 * 1024) / Buffer.byteLength(piece)) * piece.length - 20));
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid' });
          expect(String(error)).not.toContain('64 KiB');
        }
        expect(performance.now() - before).toBeLessThan(500);
      }
    },
  );
});
