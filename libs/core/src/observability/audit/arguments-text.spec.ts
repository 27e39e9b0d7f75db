import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../redaction.js';
import { argumentsText } from './arguments-text.js';

const redactor = new Redactor();
const textOf = (input: unknown) => argumentsText(input, redactor);
const shown = (input: unknown): unknown => JSON.parse(textOf(input));

describe('the arguments of a line', () => {
  it.each<[what: string, input: unknown, expected: unknown]>([
    [
      'are kept as they came',
      { a: 1, b: [true, null, 'x'], c: { d: 'ü' } },
      { a: 1, b: [true, null, 'x'], c: { d: 'ü' } },
    ],
    ['may be missing', undefined, null],
    ['may be no object', ['x', 1], ['x', 1]],
    ['lose what no text column takes', { a: 'x\u0000\ud800y' }, { a: 'x\ufffd\ufffdy' }],
    ['keep other control characters, escaped', { a: 'x\n\u001b' }, { a: 'x\n\u001b' }],
    [
      'lose secrets by name',
      { password: 'p', api_key: 1, nested: { Authorization: ['x'] } },
      { password: '***', api_key: '***', nested: { Authorization: ['***'] } },
    ],
    ['lose secrets by shape', { text: 'a postgres://u:secret@h/d b' }, { text: 'a postgres://u:***@h/d b' }],
    [
      'keep the beginning of a long text, and its length',
      { a: 'é'.repeat(3_000) },
      { a: `${'é'.repeat(2_048)}… (3000 characters)` },
    ],
    [
      'tell the true length of a very long one',
      { a: 'x'.repeat(50_000) },
      { a: `${'x'.repeat(2_048)}… (50000 characters)` },
    ],
    [
      'keep the first items of a long list',
      { a: Array.from({ length: 150 }, () => 1) },
      { a: [...Array.from({ length: 100 }, () => 1), '… 50 more items'] },
    ],
    ['are cut where they nest deep', { a: nested(20) }, { a: nested(11, '{…}') }],
  ])('%s', (_what, input, expected) => {
    expect(shown(input)).toEqual(expected);
  });

  it('are cut shorter where they are long all the same', () => {
    const input = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`m${n}`, 'x'.repeat(1_000)]));
    const kept = shown(input) as Record<string, string>;
    expect([Object.keys(kept).length, kept.m0, kept['…']]).toEqual([
      21,
      `${'x'.repeat(200)}… (1000 characters)`,
      '10 more members',
    ]);
  });

  it('hide a secret that stands where the text is cut', () => {
    const key = `mcp_live_${'A1b2'.repeat(12)}`;
    expect(textOf({ text: `${'x '.repeat(1_010)}${key} more` })).not.toContain('A1b2');
  });

  it('are JSON on one line of at most 8 KiB, whatever came', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 1, max: 400 }), (value, times) => {
        const text = textOf(Array.from({ length: times }, () => ({ value, text: 'ü'.repeat(times * 20) })));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8 * 1024);
        expect(text).not.toMatch(/[\n\0]/);
        JSON.parse(text);
      }),
    );
  });
});

function nested(depth: number, innermost: unknown = 'end'): unknown {
  return depth === 0 ? innermost : { a: nested(depth - 1, innermost) };
}
