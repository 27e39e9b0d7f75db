import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayParser, encodeParam } from './values.js';

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
    ['{draft', ',', '{draft'],
    ['{"dra\\', ',', '{"dra\\'],
    ['{a}{b}', ',', '{a}{b}'],
    ['{'.repeat(100_000), ',', '{'.repeat(100_000)],
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
