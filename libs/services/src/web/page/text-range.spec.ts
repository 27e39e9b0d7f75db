import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textRange } from './text-range.js';

it('is a part, with the place of the next', () => {
  expect(textRange('abcdef', 2, 3)).toEqual({ text: 'cde', totalLength: 6, nextIndex: 5 });
  expect(textRange('abcdef', 5, 3)).toEqual({ text: 'f', totalLength: 6, nextIndex: null });
  expect(textRange('abcdef', 9, 3)).toEqual({ text: '', totalLength: 6, nextIndex: null });
});

it('cuts no character in two', () => {
  expect(textRange('a😀b', 0, 2)).toEqual({ text: 'a', totalLength: 4, nextIndex: 1 });
  expect(textRange('a😀b', 2, 2).text).toBe('😀');
});

it('is the whole text when its parts are put together', () => {
  const parts = (text: string, length: number) => {
    let whole = '';
    for (let next: number | null = 0; next !== null;) {
      const part = textRange(text, next, length);
      whole += part.text;
      next = part.nextIndex;
    }
    return whole;
  };
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 9 }), (text, length) => {
      expect(parts(text, length)).toBe(text);
    }),
  );
});
