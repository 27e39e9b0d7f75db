import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storable } from './storable.js';

it.each([
  ['a\0b', 'ab'],
  ['\ud83d', ''],
  ['\udc00x', 'x'],
  ['\ud83d\ude00', '\ud83d\ude00'],
  ['\\u0000 \\ud800', '\\u0000 \\ud800'],
  ['\u0001\n"', '\u0001\n"'],
])('of %j keeps %j, as a value and as a key', (text, kept) => {
  expect(storable({ [text]: [text] })).toEqual({ [kept]: [kept] });
});

it('leaves nothing that PostgreSQL refuses, and changes nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const kept = storable(text);
      expect(kept).not.toContain('\0');
      expect(kept).toBe(Buffer.from(text.replaceAll('\0', '')).toString());
    }),
  );
});
