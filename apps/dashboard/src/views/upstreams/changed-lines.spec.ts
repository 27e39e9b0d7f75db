import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changedLines } from './changed-lines.js';

const shown = (before: string, after: string) => changedLines(before, after).map(({ sign, text }) => `${sign}${text}`);

it.each([
  ['a line that changed', 'a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
  ['one that is new', 'a\nc', 'a\nb\nc', [' a', '+b', ' c']],
  ['one that is gone', 'a\nb', 'b', ['-a', ' b']],
  ['all that is new', '', 'a\nb', ['+a', '+b']],
  ['nothing', 'a', 'a', [' a']],
])('shows %s', (_what, before, after, expected) => {
  expect(shown(before, after)).toEqual(expected);
});

it('holds both texts, whatever they are', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '{'), { minLength: 1, maxLength: 12 })
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = changedLines(before, after);
      const without = (sign: string) =>
        lines
          .filter((line) => line.sign !== sign)
          .map(({ text }) => text)
          .join('\n');
      expect(without('+')).toBe(before);
      expect(without('-')).toBe(after);
    }),
  );
});

it('of texts that are too long to compare shows both', () => {
  const long = Array.from({ length: 601 }, (_, index) => String(index)).join('\n');
  expect(changedLines(long, 'a')).toHaveLength(602);
});
