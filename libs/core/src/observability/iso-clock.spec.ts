import { afterEach, expect, it, vi } from 'vitest';
import { IsoClock } from './iso-clock.js';

afterEach(() => vi.useRealTimers());

it('tells the time as dates do, also when it is put back', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const clock = new IsoClock();
  const start = Date.parse('2026-12-31T23:59:59.998Z');
  for (const after of [0, 0, 1, 2, 3, 61_007, 90_000_050, -3_600_000, 0]) {
    vi.setSystemTime(start + after);
    expect(clock.now()).toBe(new Date(start + after).toISOString());
  }
});
