import fc from 'fast-check';
import { expect, it } from 'vitest';
import { glob } from './glob.js';

it('matches as a regular expression would, in which * stands for anything', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 8 });
  const pattern = fc
    .array(
      letters.map((text) => text.slice(0, 2)),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('*'));
  fc.assert(
    fc.property(pattern, letters, (wild, text) => {
      const source = wild
        .split('*')
        .map((part) => part.replace(/[.-]/g, '\\$&'))
        .join('.*');
      expect(glob(wild, false)(text)).toBe(new RegExp(`^${source}$`, 's').test(text));
    }),
    { numRuns: 5_000 },
  );
});

it('takes texts that look alike for the same only where it is told to', () => {
  expect(glob('acme/*', false)('Acme/web')).toBe(false);
  expect(glob('acme/*', true)('Ａcme/web ')).toBe(true);
});
