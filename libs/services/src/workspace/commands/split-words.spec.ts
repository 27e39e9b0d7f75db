import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from './split-words.js';

describe('a command line', () => {
  it.each([
    ['', []],
    ['  ls   -l\t src ', ['ls', '-l', 'src']],
    [`grep 'a b' "c d" e\\ f`, ['grep', 'a b', 'c d', 'e f']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [`"a\\"b\\\\c\\$d\\\`e\\f"`, ['a"b\\c$d`e\\f']],
    [`'a\\'`, ['a\\']],
    [`find . -name *.ts`, ['find', '.', '-name', '*.ts']],
    [`find . \\( -name a \\) !`, ['find', '.', '(', '-name', 'a', ')', '!']],
    [`grep "end$" x`, ['grep', 'end$', 'x']],
    [`grep end$ x`, ['grep', 'end$', 'x']],
    [`grep "$|x"`, ['grep', '$|x']],
    [`a#b a~ 'x|y;z' "a&b"`, ['a#b', 'a~', 'x|y;z', 'a&b']],
    [`'$HOME' '\`id\`' \\$HOME \\| "x\ny"`, ['$HOME', '`id`', '$HOME', '|', 'x\ny']],
  ])('%j is these words', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.each([
    ['ls; id', 'one command without shell operators; quote ; where it is text, got ;'],
    ['ls | id', 'quote | where'],
    ['ls || id', 'quote | where'],
    ['ls & id', 'quote & where'],
    ['ls && id', 'quote & where'],
    ['ls > x', 'quote > where'],
    ['ls 2>&1', 'quote > where'],
    ['cat < x', 'quote < where'],
    ['cat <(id)', 'quote < where'],
    ['(id)', 'quote ( where'],
    ['ls\nid', 'quote a line end where'],
    ['ls\r\nid', 'quote a line end where'],
    ['ls `id`', 'quote ` where'],
    ['ls "`id`"', 'no substitutions'],
    ['ls $(id)', 'no variables'],
    ['ls "$(id)"', 'no variables'],
    ['ls "a${x}"', 'no variables'],
    ['ls $HOME', 'no variables'],
    ['ls $1$', 'no variables'],
    [`ls $'a'`, 'no variables'],
    [`ls $"a"`, 'no variables'],
    ['ls ~', 'no home directory'],
    ['ls ~root/x', 'no home directory'],
    ['ls # all', 'no comments'],
    [`ls 'a`, "a closing '"],
    ['ls "a', 'a closing "'],
    ['ls a\\', 'a character after the backslash'],
    ['ls a\\\nb', 'a character after the backslash'],
    ['ls "a\\\nb"', 'no backslash at the end of a line'],
    ['ls a\0b', 'no NUL'],
  ])('%j is refused', (line, reason) => {
    expect(() => splitWords(line)).toThrow(reason);
  });
});

describe('any words', () => {
  it('are the same again once they are quoted', () => {
    const words = fc.array(fc.string({ unit: 'grapheme' }).map((word) => word.replaceAll('\0', '')));
    fc.assert(
      fc.property(words, (words) => {
        expect(splitWords(words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '))).toEqual(words);
      }),
    );
  });
});

describe('any line that is not refused', () => {
  it('is the same words for a shell', () => {
    const pieces = fc.constantFrom(...`ab '"\\$|;&<>()#~!=%^{}-+,.:@/0`, '\t', '\\$', '"a"', "'b'", '$x', 'ü');
    const line = fc.array(pieces, { maxLength: 14 }).map((all) => all.join(''));
    const taken: string[][] = [];
    const lines: string[] = [];
    fc.assert(
      fc.property(line, (text) => {
        try {
          taken.push(splitWords(text));
          lines.push(text);
        } catch {
          // refused
        }
      }),
      { numRuns: 3_000 },
    );
    expect(taken.length).toBeGreaterThan(300);
    // one shell for all lines: each is told as its words between NULs, and a line end after the last
    const script = lines.map((text) => `set -f; words ${text}`).join('\n');
    const said = execFileSync('/bin/sh', ['-c', `words() { printf '%s\\0' "$#" "$@"; }\n${script}`], { env: {} });
    const expected = taken.flatMap((words) => [`${words.length}`, ...words]);
    expect(said.toString().split('\0').slice(0, -1)).toEqual(expected);
  });
});
