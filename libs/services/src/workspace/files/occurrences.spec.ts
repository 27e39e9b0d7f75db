import fc from 'fast-check';
import { expect, it } from 'vitest';
import { occurrences } from './occurrences.js';

it('finds what indexOf finds', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'ab', 'ü', '😀'), { maxLength: 60 }).map((parts) => parts.join(''));
  const piece = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, piece, (text, piece) => {
      const expected: number[] = [];
      for (let at = text.indexOf(piece); at !== -1; at = text.indexOf(piece, at + piece.length)) expected.push(at);
      expect(occurrences(text, piece, Infinity)).toEqual(expected);
      expect(occurrences(text, piece, 2)).toEqual(expected.slice(0, 2));
    }),
  );
});

it('takes no more time for texts that were made to take it', () => {
  const startedAt = performance.now();
  expect(occurrences('a'.repeat(2_000_000), `b${'a'.repeat(500_000)}`, 10)).toEqual([]);
  expect(occurrences('a'.repeat(2_000_000), `${'a'.repeat(500_000)}b`, 10)).toEqual([]);
  // indexOf takes many seconds for the first
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
