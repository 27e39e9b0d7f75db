import { expect, it } from 'vitest';
import { writtenOut } from './written-out.js';

it.each([
  ['turns the direction', 'a\u202etxt.exe\u2066', 'a\\u{202e}txt.exe\\u{2066}'],
  ['has no width', 'pay\u200bload\ufeff', 'pay\\u{200b}load\\u{feff}'],
  ['is a tag', 'x\u{e0041}\u{e0001}', 'x\\u{e0041}\\u{e0001}'],
  ['selects a variation', 'x\u{e0101}\ufe01', 'x\\u{e0101}\\u{fe01}'],
  ['fills', '\u3164\u115f', '\\u{3164}\\u{115f}'],
  ['separates lines', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['controls', 'safe\r\u0000\u0085', 'safe\\u{d}\\u{0}\\u{85}'],
  ['is broken or private', '\ud800 \ue000', '\\u{d800} \\u{e000}'],
])('writes out what %s', (_, text, shown) => {
  expect(writtenOut(text)).toBe(shown);
});

it('leaves what is seen as it is', () => {
  const text = 'rm -rf ./a b\n\t"Grüße, שלום, 漢字 😀" \\u{202e}';
  expect(writtenOut(text)).toBe(text);
});
