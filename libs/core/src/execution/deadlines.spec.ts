import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadlines, type Timed } from './deadlines.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function timed(ms: number) {
  return { dueAt: performance.now() + ms, slot: undefined as number | undefined, due: vi.fn<Timed['due']>() };
}

/** How often each was due so far. */
function counts(...all: ReturnType<typeof timed>[]) {
  return all.map(({ due }) => due.mock.calls.length);
}

describe('deadlines', () => {
  it('come each at its time with one timer, whatever order they were set in', async () => {
    const [late, soon, between] = [timed(300), timed(100), timed(200)];
    for (const one of [late, soon, between]) deadlines.add(one);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(99);
    expect(counts(soon, between, late)).toEqual([0, 0, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(counts(soon, between, late)).toEqual([1, 0, 0]);
    await vi.advanceTimersByTimeAsync(100);
    expect(counts(soon, between, late)).toEqual([1, 1, 0]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(counts(soon, between, late)).toEqual([1, 1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that were taken back or put off do not come', async () => {
    const [kept, taken, putOff] = [timed(100), timed(100), timed(100)];
    for (const one of [taken, kept, putOff]) deadlines.add(one);
    deadlines.remove(taken);
    deadlines.remove(taken);
    putOff.dueAt += 100;
    await vi.advanceTimersByTimeAsync(150);
    expect(counts(kept, taken, putOff)).toEqual([1, 0, 0]);
    await vi.advanceTimersByTimeAsync(50);
    expect(counts(kept, taken, putOff)).toEqual([1, 0, 1]);
  });

  it('are brought forward by being added again, and not come twice', async () => {
    const one = timed(1_000);
    deadlines.add(one);
    one.dueAt -= 900;
    deadlines.add(one);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(counts(one)).toEqual([1]);
  });

  it('that fail keep no other back', async () => {
    const [fails, follows] = [timed(100), timed(100)];
    fails.due.mockImplementation(() => {
      throw new Error('not this one');
    });
    for (const one of [fails, follows]) deadlines.add(one);
    await expect(vi.advanceTimersByTimeAsync(100)).rejects.toThrow('not this one');
    await vi.advanceTimersByTimeAsync(1);
    expect(counts(fails, follows)).toEqual([1, 1]);
  });

  it('further away than a timer can be wait all the same', async () => {
    const one = timed(2 ** 31 + 1_000);
    deadlines.add(one);
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect(counts(one)).toEqual([0]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(counts(one)).toEqual([1]);
  });
});
