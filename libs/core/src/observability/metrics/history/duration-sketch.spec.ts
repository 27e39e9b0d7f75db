import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationSketch } from './duration-sketch.js';

function sketchOf(durations: readonly number[]): DurationSketch {
  const sketch = new DurationSketch();
  for (const ms of durations) sketch.observe(ms);
  return sketch;
}

/** By sorting them all. */
function exact(durations: readonly number[], rank: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)]!;
}

const milliseconds = fc.double({ min: 0.011, max: 600_000, noNaN: true });
const rank = fc.constantFrom(50, 90, 95, 99, 100);

describe('a sketch of durations', () => {
  it('tells each percentile within 2 %', () => {
    fc.assert(
      fc.property(fc.array(milliseconds, { minLength: 1, maxLength: 200 }), rank, (durations, rank) => {
        const off = sketchOf(durations).percentile(rank) / exact(durations, rank);
        expect(Math.abs(off - 1)).toBeLessThan(0.0201);
      }),
    );
  });

  it('added to others tells the percentile of all, where an average of percentiles would not', () => {
    const quick = Array.from({ length: 990 }, () => 1);
    const slow = Array.from({ length: 10 }, () => 1_000);
    const sum = sketchOf(quick);
    sum.add(sketchOf(slow).pairs());
    expect(sum.percentile(95)).toBeCloseTo(1, 1);
    expect(sum.percentile(99.5)).toBeGreaterThan(980);
    expect(sum.pairs().length).toBe(4);
  });

  it('of nothing is 0, and what took no time is the shortest that there is', () => {
    expect(new DurationSketch().percentile(95)).toBe(0);
    expect(sketchOf([0]).percentile(50)).toBeCloseTo(0.01, 3);
  });
});
