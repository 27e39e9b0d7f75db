import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactJson } from './exact-json.js';

describe('exactJson', () => {
  it.each([
    ['{"id":9007199254740993,"x":1e400}', { id: '9007199254740993', x: '1e400' }],
    [
      '[9007199254740991, -9007199254740993, 0.1234567890123456789]',
      [9007199254740991, '-9007199254740993', '0.1234567890123456789'],
    ],
    [
      '[1e-400, 1e22, 10000000000000000000000, 1.50000000000000000000, 0.00000000000000000]',
      ['1e-400', 1e22, 1e22, 1.5, 0],
    ],
    [
      '{"9007199254740993":"a\\"9007199254740993","\\\\":9007199254740993}',
      { '9007199254740993': 'a"9007199254740993', '\\': '9007199254740993' },
    ],
    ['9007199254740993', '9007199254740993'],
    ['0.30000000000000004', 0.30000000000000004],
  ])('%s', (json, value) => {
    expect(exactJson(json)).toEqual(value);
  });

  it('is that of JavaScript for all that JavaScript has written', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(exactJson(json)).toEqual(JSON.parse(json));
      }),
    );
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
        expect(exactJson(JSON.stringify([number]))).toEqual([number === 0 ? 0 : number]);
      }),
    );
  });

  it('takes time in proportion to a text', () => {
    const zeros = '0'.repeat(500_000);
    expect(exactJson(`[1${zeros}1, 0.${zeros}1${zeros}]`)).toEqual([`1${zeros}1`, `0.${zeros}1${zeros}`]);
  });

  it('keeps JSON within the depth that every door accepts, brackets in texts not counted', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(exactJson(nested(65))).toBe(nested(65));
    expect(exactJson(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(exactJson(JSON.stringify(['\\"['.repeat(100)]))).toEqual(['\\"['.repeat(100)]);
  });
});
