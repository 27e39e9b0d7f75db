import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { likeness, packed } from './vectors.js';

describe('likeness', () => {
  it.each([
    ['of the same direction is 1', [1, 2, 3], [2, 4, 6], 1],
    ['of opposite ones is -1', [1, -2], [-1, 2], -1],
    ['of such as have nothing in common is 0', [1, 0], [0, 5], 0],
    ['of none is 0', [0, 0], [1, 1], 0],
    ['of other lengths is 0', [1], [1, 0], 0],
  ])('%s', (_what, one, other, expected) => {
    expect(likeness(packed(one), packed(other))).toBeCloseTo(expected, 2);
  });

  it('loses little by packing', () => {
    const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const dot = (a: number[], b: number[]) => a.reduce((sum, each, at) => sum + each * (b[at] ?? 0), 0);
        const length = Math.sqrt(dot(one, one) * dot(other, other));
        // tiny next to its largest number, a vector has no direction left
        fc.pre(Math.min(dot(one, one), dot(other, other)) > 1);
        expect(Math.abs(likeness(packed(one), packed(other)) - dot(one, other) / length)).toBeLessThan(0.05);
      }),
    );
  });
});
