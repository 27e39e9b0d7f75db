import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from './command-json.js';

function problemOf(text: string) {
  const reading = readJson(text);
  return 'problem' in reading ? reading.problem : undefined;
}

describe('JSON', () => {
  it.each<[string, unknown]>([
    ['{}', {}],
    [' [1, -2.5e3, true, null, {"b": []}]\n', [1, -2500, true, null, { b: [] }]],
    ['{"a": "\\"\\u0041\\n é😀"}', { a: '"A\n é😀' }],
    ['{"a": {"__proto__": {"x": 1}, "constructor": 2, "b": 3}, "__proto__": 4}', { a: { b: 3 } }],
    ['{"\\u005f_proto__": {"x": 1}}', {}],
  ])('%j', (text, value) => {
    expect(readJson(text)).toStrictEqual({ value });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('may be 64 levels deep', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(problemOf(nested(64))).toBeUndefined();
    expect(problemOf(nested(65))).toEqual({ at: 64, expected: 'at most 64 levels of nesting' });
  });

  it('is read as JSON.parse reads it, or refused with it', () => {
    const names = fc.string().filter((key) => key !== '__proto__' && key !== 'constructor');
    const json = fc.dictionary(names, fc.jsonValue({ maxDepth: 4 })).map((value) => JSON.stringify(value));
    const mistakes = fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      'e',
      ' ',
      '\n',
      '\u0000',
      'null',
    );
    const mistaken = fc.tuple(json, fc.nat(), mistakes).map(([text, at, mistake]) => {
      const where = at % text.length;
      return text.slice(0, where) + mistake + text.slice(where + 1);
    });
    fc.assert(
      fc.property(fc.oneof(json, mistaken), (text) => {
        // members of these names are left out, which has a test of its own
        fc.pre(!/__proto__|constructor/.test(text));
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          expect(problemOf(text)?.at).toBeLessThanOrEqual(text.length);
          return;
        }
        expect(readJson(text)).toEqual({ value });
      }),
      { numRuns: 500 },
    );
  });
});
