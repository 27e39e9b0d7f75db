import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallSum, OperationSums } from './call-sum.js';
import { sumOf, type MetricsPoint } from './metrics-point.js';

function counts(durations: readonly number[]) {
  const sum = new CallSum();
  for (const ms of durations) sum.observe(ms > 5 ? 'error' : 'ok', ms, 2);
  return sum.counts();
}

const whole = fc.integer({ min: 0, max: 1_000 });
const durations = fc.array(fc.constantFrom(1, 2, 4, 8, 16));
const points: fc.Arbitrary<MetricsPoint> = fc
  .tuple(durations, durations, whole, whole, fc.constantFrom('ready', '__proto__'))
  .map(([own, upstreams, inFlight, cpu, state]) => ({
    samples: 1,
    own: counts(own),
    upstreams: counts(upstreams),
    operations: { 'a.b': counts(own), 'c.d': counts(upstreams) },
    sums: { inFlight, process: { cpu }, upstreams: { wiki: Object.fromEntries([[state, 1]]) } },
    peaks: { cpu },
  }));

/** Without the order of its classes. */
function comparable(point: MetricsPoint): unknown {
  return JSON.parse(JSON.stringify(point), (key, value: unknown) => {
    if (key !== 'durations') return value;
    const pairs = value as number[];
    return Object.fromEntries(pairs.flatMap((index, i) => (i % 2 === 0 ? [[index, pairs[i + 1]]] : [])));
  });
}

describe('points', () => {
  it('can be added in any order and in any groups', () => {
    fc.assert(
      fc.property(fc.array(points, { minLength: 3, maxLength: 6 }), ([first, ...others]) => {
        const inGroups = sumOf([sumOf(others), sumOf([first!])]);
        expect(comparable(inGroups)).toEqual(comparable(sumOf([first!, ...others])));
      }),
    );
  });

  it('add what was counted and seen, and keep the highest', () => {
    const point = (cpu: number, ms: number): MetricsPoint => ({
      samples: 1,
      own: counts([ms]),
      upstreams: counts([]),
      operations: { 'a.b': counts([ms]) },
      sums: { inFlight: 1, process: { cpu }, upstreams: { wiki: { ready: 1 } } },
      peaks: { cpu },
    });
    const { operations, own, upstreams, ...sum } = sumOf([point(10, 1), point(30, 8)]);
    expect(sum).toEqual({
      samples: 2,
      sums: { inFlight: 2, process: { cpu: 40 }, upstreams: { wiki: { ready: 2 } } },
      peaks: { cpu: 30 },
    });
    expect(own).toMatchObject({ calls: 2, error: 1, denied: 0, limited: 0, tokens: 4, totalMs: 9 });
    expect(operations).toEqual({ 'a.b': own });
    expect(upstreams.calls).toBe(0);
  });

  it('tell 200 operations apart, and count the rest as one more', () => {
    const sums = new OperationSums();
    for (let i = 0; i < 250; i += 1) sums.of(`a.${i}`).observe('ok', 1, 0);
    const counted = sums.counts();
    expect(Object.keys(counted).length).toBe(201);
    expect(counted.other?.calls).toBe(50);
  });
});
