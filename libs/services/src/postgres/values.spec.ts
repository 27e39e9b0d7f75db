import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayParser, encodeParam, parserOf } from './values.js';

const asText = (text: string) => text;

describe('arrayParser', () => {
  it('reads back every array of texts that encodeParam writes', () => {
    const texts = fc.array(fc.option(fc.string({ unit: 'binary' }), { nil: null }));
    fc.assert(
      fc.property(texts, (values) => {
        expect(arrayParser(asText)(encodeParam(values) ?? '')).toEqual(values);
      }),
    );
  });

  it.each([
    ['{a;b}', ';', ['a', 'b']],
    ['[2:3][0:0]={{a},{b}}', ',', [['a'], ['b']]],
    ['{{}}', ',', [[]]],
    ['1 2 3', ',', '1 2 3'],
  ])('reads %s with %s between', (text, delimiter, value) => {
    expect(arrayParser(asText, delimiter)(text)).toEqual(value);
  });
});

describe('encodeParam', () => {
  it.each([
    [undefined, null],
    [null, null],
    ['', ''],
    [0, '0'],
    [-1.5, '-1.5'],
    [false, 'false'],
    [{ a: 'b' }, '{"a":"b"}'],
    [[], '{}'],
    [[1, 'a', null, [true]], '{"1","a",NULL,{"true"}}'],
    [[{ a: '"' }], '{"{\\"a\\":\\"\\\\\\"\\"}"}'],
  ])('writes %j as %j', (value, text) => {
    expect(encodeParam(value)).toBe(text);
  });
});

describe('parserOf', () => {
  it('keeps JSON within the depth that every door accepts, brackets in texts not counted', () => {
    const json = parserOf(3802);
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(json(nested(65))).toBe(nested(65));
    expect(json(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(json(JSON.stringify(['\\"['.repeat(100)]))).toEqual(['\\"['.repeat(100)]);
  });
});
