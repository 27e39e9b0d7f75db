import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMistake } from './json-mistake.js';

describe('the place of a mistake in JSON', () => {
  it.each<[text: string, line: number, column: number]>([
    ['', 1, 1],
    ['   ', 1, 4],
    ['{', 1, 2],
    ['{"a": 1,}', 1, 9],
    ['{"a": 1\n "b": 2}', 2, 2],
    ['{\n  "a": 1,\n  b: 2\n}', 3, 3],
    ['{"a": }', 1, 7],
    ['{"a" 1}', 1, 6],
    ['[1, 2', 1, 6],
    ['[1, 2}', 1, 6],
    ['{"a": 1]', 1, 8],
    ['[1,]', 1, 4],
    ['[,1]', 1, 2],
    ['{} {}', 1, 4],
    ['{"a": "text}\n', 1, 7],
    ['{"a": \'x\'}', 1, 7],
    ['{"a": 01}', 1, 8],
    ['{"a": nul}', 1, 7],
    ['// a comment\n{}', 1, 1],
  ])('%j is at line %i, column %i', (text, line, column) => {
    expect(jsonMistake(text)).toEqual({ line, column });
  });

  it('is none in what JSON.parse takes, and one in what it does not', () => {
    const pieces = fc.constantFrom(...'{}[],: \n"a1-.e\\', 'true', 'null', '"x"', '\u0001', '\u2028');
    const broken = fc.array(pieces, { maxLength: 12 }).map((each) => each.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken), (text) => {
        expect(jsonMistake(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is where one more character stands than belongs there', () => {
    fc.assert(
      fc.property(fc.object(), (value) => {
        const text = JSON.stringify(value, null, 2);
        expect(jsonMistake(`${text}\n  }`)).toEqual({ line: text.split('\n').length + 1, column: 3 });
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
