import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from './json-text.js';

it('is what JSON.stringify says', () => {
  for (const text of ['', 'a-b_C.9:/', 'a"b', 'a\\b', 'a\nb', 'a\n', 'ž', '\u2028', '\ud800', ' ']) {
    expect(jsonText(text)).toBe(JSON.stringify(text));
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => jsonText(text) === JSON.stringify(text)));
});
