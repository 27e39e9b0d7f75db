import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf, withLineCommand } from '../apps/cli/src/commands/line.js';
import { tokenize, type CommandCall } from '../libs/core/src/doors/commands/command-line.js';

describe('a command line of words', () => {
  it('reaches the gateway as the words that the shell made', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/^(?:--|\{)/.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        fc.pre(!(words.length === 1 && words[0] === 'help'));
        const { tokens } = tokenize(commandOf(['/mcp-x', ...words])) as CommandCall;
        expect(tokens.map((token) => (token.kind === 'word' ? token.text : token))).toEqual(words);
      }),
    );
  });

  it('keeps flags as flags, with their values', () => {
    const line = commandOf(['/mcp-x', 'do', '--label=two words', '--flag', `{"a": "it's"}`]);
    expect(tokenize(line)).toMatchObject({
      tokens: [
        { kind: 'word', text: 'do' },
        { kind: 'flag', name: 'label', value: 'two words' },
        { kind: 'flag', name: 'flag' },
      ],
      json: { a: "it's" },
    });
  });

  it('begins at the first word with a slash, and nowhere in a command', () => {
    expect(withLineCommand(['--url', 'http://x', '/help'])).toEqual(['--url', 'http://x', 'line', '--', '/help']);
    expect(withLineCommand(['call', 'a.b', '/c'])).toEqual(['call', 'a.b', '/c']);
  });
});
