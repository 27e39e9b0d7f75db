import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

const MINUTE = 60_000;

/** Asks at each of the times and answers those at which it was let through. */
function accepted(window: SlidingWindow, limit: number, times: readonly number[]): number[] {
  return times.filter((now) => {
    if (window.retryAfterMs(limit, now) > 0) return false;
    window.add(1, limit, now);
    return true;
  });
}

/** The most that any span of `lengthMs` holds; only those that start with one of the times can hold it. */
function mostIn(times: readonly number[], lengthMs: number): number {
  let end = 0;
  let most = 0;
  times.forEach((start, i) => {
    while (end < times.length && times[end]! < start + lengthMs) end += 1;
    most = Math.max(most, end - i);
  });
  return most;
}

/** The least that any span of `lengthMs` within `until` holds; only those that start right after one can hold it. */
function leastIn(times: readonly number[], lengthMs: number, until: number): number {
  const starts = [0, ...times.map((time) => time + 1)].filter((start) => start + lengthMs <= until);
  return Math.min(...starts.map((start) => times.filter((time) => time >= start && time < start + lengthMs).length));
}

const every = (stepMs: number, from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => from + i * stepMs);

/** Gaps between calls as agents make them: bursts, a steady pace, pauses. */
const gaps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.nat(50) },
    { weight: 2, arbitrary: fc.nat(2_000) },
    { weight: 1, arbitrary: fc.nat(90_000) },
  ),
  { maxLength: 1_500 },
);
const timesOf = (steps: readonly number[]) => {
  let now = 0;
  return steps.map((step) => (now += step));
};

describe('a fresh caller', () => {
  it.each([1, 2, 3, 31, 32, 33, 100, 1_000])('gets all of %i at once, and not one more', (limit) => {
    const window = new SlidingWindow(MINUTE);
    expect(accepted(window, limit, Array(limit + 10).fill(5))).toHaveLength(limit);
    expect(window.retryAfterMs(limit, 5)).toBe(MINUTE);
  });

  it('has them all back a window later, and not a millisecond before', () => {
    const window = new SlidingWindow(MINUTE);
    accepted(window, 100, Array(100).fill(5));
    expect(window.used(5 + MINUTE - 1)).toBe(100);
    expect(window.used(5 + MINUTE)).toBe(0);
  });
});

describe('there is no double burst', () => {
  it.each([0, 1, 999, 30_000, 59_000, 59_999])('around the edge of a minute, %i ms into it', (offset) => {
    const times = [...Array(1).fill(0), ...Array(200).fill(offset), ...every(10, offset, offset + 3 * MINUTE)];
    expect(mostIn(accepted(new SlidingWindow(MINUTE), 100, times), MINUTE)).toBe(100);
  });

  it('whatever comes when: no span of a window holds more than the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), gaps, (limit, steps) => {
        const passed = accepted(new SlidingWindow(MINUTE), limit, timesOf(steps));
        expect(mostIn(passed, MINUTE)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('who asks all the time', () => {
  it.each([1, 7, 100, 600, 5_000])('every %i ms gets 95 to 105 of 100 in any minute', (step) => {
    const until = 6 * MINUTE;
    const times = step > 600 ? every(step, 0, until).flatMap((now) => Array(50).fill(now)) : every(step, 0, until);
    const passed = accepted(new SlidingWindow(MINUTE), 100, times);
    expect(mostIn(passed, MINUTE)).toBeLessThanOrEqual(105);
    expect(leastIn(passed, MINUTE + step, until)).toBeGreaterThanOrEqual(95);
  });

  it('is counted as an exact list of calls would, but for less than a thirty-second of the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), gaps, fc.nat(70_000), (limit, steps, laterMs) => {
        const window = new SlidingWindow(MINUTE);
        const passed = accepted(window, limit, timesOf(steps));
        const now = (passed.at(-1) ?? 0) + laterMs;
        const exact = passed.filter((time) => time > now - MINUTE).length;
        expect(window.used(now)).toBeGreaterThanOrEqual(exact);
        expect(window.used(now)).toBeLessThan(exact + Math.ceil(limit / 32));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what it tells', () => {
  it('is true: after exactly retryAfterMs one more is let through, and a millisecond before none is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 3_600_000 }),
        gaps,
        (limit, lengthMs, steps) => {
          const window = new SlidingWindow(lengthMs);
          for (const now of timesOf(steps)) {
            const wait = window.retryAfterMs(limit, now);
            expect(wait).toBeLessThanOrEqual(lengthMs);
            if (wait === 0) {
              window.add(1, limit, now);
              continue;
            }
            expect(window.retryAfterMs(limit, now + wait - 1)).toBe(1);
            expect(window.retryAfterMs(limit, now + wait)).toBe(0);
            return;
          }
        },
      ),
    );
  });

  it('is true after the limit was lowered, too', () => {
    const window = new SlidingWindow(MINUTE);
    accepted(window, 100, every(100, 0, 10_000));
    const wait = window.retryAfterMs(10, 10_000);
    expect(window.retryAfterMs(10, 10_000 + wait - 1)).toBe(1);
    expect(window.retryAfterMs(10, 10_000 + wait)).toBe(0);
    expect(window.used(10_000 + wait)).toBeLessThan(10);
  });

  it('is when the first unit comes back, and 0 where none is taken', () => {
    const window = new SlidingWindow(MINUTE);
    expect(window.resetMs(7)).toBe(0);
    window.add(1, 100, 10);
    window.add(1, 100, 20_000);
    expect(window.resetMs(20_000)).toBe(MINUTE - 19_990);
    expect(window.resetMs(MINUTE + 10)).toBe(19_990);
  });

  it('counts many units at once, beyond the limit too', () => {
    const window = new SlidingWindow(MINUTE);
    window.add(900, 1_000, 0);
    expect(window.retryAfterMs(1_000, 0)).toBe(0);
    window.add(900, 1_000, 10_000);
    expect(window.retryAfterMs(1_000, 10_000)).toBe(50_000);
    expect(window.used(MINUTE)).toBe(900);
  });
});

describe('what was taken before', () => {
  it('counts beside what was taken since, none of it too short, in constant memory', () => {
    fc.assert(
      fc.property(gaps, gaps, (earlier, later) => {
        const window = new SlidingWindow(MINUTE);
        const since = timesOf(later);
        for (const now of since) window.add(1, 1_000, now);
        const before = timesOf(earlier).map((time) => time - 3 * MINUTE);
        window.addEarlier(
          before.filter((time) => time <= 0).map((at) => ({ at, units: 1 })),
          1_000,
        );
        const now = Math.max(0, ...since);
        const all = [...before.filter((time) => time <= 0), ...since];
        const young = all.filter((time) => time > now - MINUTE).length;
        expect(window.used(now)).toBeGreaterThanOrEqual(young);
        expect(window.size).toBeLessThanOrEqual(132);
        expect(window.used(now + MINUTE)).toBe(0);
      }),
    );
  });
});

describe('memory', () => {
  it.each([1_000, MINUTE, 3_600_000])('of a window of %i ms is constant, however much is taken', (lengthMs) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), gaps, (limit, steps) => {
        const window = new SlidingWindow(lengthMs);
        for (const now of timesOf(steps)) {
          window.add(1, limit, now);
          expect(window.size).toBeLessThanOrEqual(132);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('does not grow with a million hits, and is given back when nothing counts any more', () => {
    const window = new SlidingWindow(MINUTE);
    let largest = 0;
    for (let i = 0; i < 1_000_000; i += 1) {
      window.add(1, 1_000_000_000, i);
      largest = Math.max(largest, window.size);
    }
    expect(largest).toBeLessThanOrEqual(2 * 33);
    expect(window.isIdle(1_000_000 + MINUTE)).toBe(true);
    expect(window.size).toBe(0);
  });
});
