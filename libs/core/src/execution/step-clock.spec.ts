import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FinishedCall } from './finished-call.js';
import { CallTally } from '../observability/metrics/history/call-tally.js';
import { StepClock } from './step-clock.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A call of which each step takes its time; what it took, and what of that is told as work. */
function taken(steps: (clock: StepClock) => void) {
  const clock = new StepClock();
  steps(clock);
  const { elapsedMs } = clock;
  return [elapsedMs, clock.workMs(elapsedMs)];
}
const pass = (ms: number) => vi.advanceTimersByTime(ms);

it('the time that a person takes is no work', () => {
  const asked = (clock: StepClock) => {
    pass(2);
    clock.end('parse');
    clock.askPerson();
    pass(60_000);
  };
  const run = (clock: StepClock) => {
    pass(5);
    clock.end('run');
  };
  const approved = (clock: StepClock) => {
    asked(clock);
    clock.end('approve');
    run(clock);
  };
  expect(taken(run)).toEqual([5, 5]);
  expect(taken(approved)).toEqual([60_007, 7]);
  expect(taken(asked)).toEqual([60_002, 2]);
});

it('the history of calls is told of work alone', () => {
  const tally = new CallTally();
  const call = { operation: undefined, outcome: 'ok', durationMs: 60_007, tokens: 1 };
  tally.record({ ...call, workMs: 7 } as unknown as FinishedCall);
  tally.record({ ...call, durationMs: 3 } as unknown as FinishedCall);
  expect(tally.take().own).toMatchObject({ calls: 2, totalMs: 10 });
});
