import { expect, it } from 'vitest';
import type { ToolExecuted } from '#libs/kit';
import { CallFeed } from './call-feed.js';

let seq = 0;
const event = (phase: ToolExecuted['phase'], requestId: string, more: Partial<ToolExecuted> = {}): ToolExecuted => {
  seq += 1;
  const time = '2026-01-31T12:00:00.000Z';
  return { seq, time, phase, requestId, caller: 'local', door: 'rpc', service: 's', operation: 'o', ...more };
};

function feed(...events: ToolExecuted[]): CallFeed {
  const calls = new CallFeed();
  for (const each of events) calls.take(each);
  return calls;
}
const shown = (calls: CallFeed) =>
  calls.newest().map(({ requestId, state, durationMs }) => [requestId, state, durationMs]);

it('is one line for a call, the newest first', () => {
  const calls = feed(
    event('start', 'a'),
    event('start', 'b'),
    event('progress', 'a', { progress: 1, total: 2 }),
    event('end', 'a', { outcome: 'ok', durationMs: 5 }),
  );
  expect(shown(calls)).toEqual([
    ['b', 'running', undefined],
    ['a', 'ok', 5],
  ]);
});

it('shows a call that was refused before it began', () => {
  expect(shown(feed(event('end', 'a', { outcome: 'denied', durationMs: 0 })))).toEqual([['a', 'denied', 0]]);
});

it('tells the calls of a batch apart, which share their request', () => {
  const calls = feed(
    event('start', 'a', { operation: 'one' }),
    event('start', 'a', { operation: 'two' }),
    event('start', 'a', { operation: 'two' }),
    event('end', 'a', { operation: 'two', outcome: 'error', durationMs: 1 }),
    event('end', 'a', { operation: 'one', outcome: 'ok', durationMs: 2 }),
  );
  expect(shown(calls)).toEqual([
    ['a', 'running', undefined],
    ['a', 'error', 1],
    ['a', 'ok', 2],
  ]);
});

it('keeps the newest thousand or two, and finds what still runs among them', () => {
  const calls = new CallFeed();
  for (let n = 0; n < 5_000; n += 1) calls.take(event('start', `r${n}`));
  expect(calls.newest().length).toBeLessThan(2_000);
  calls.take(event('end', 'r4990', { outcome: 'ok', durationMs: 1 }));
  calls.take(event('end', 'r1', { outcome: 'ok', durationMs: 1 }));
  expect(calls.newest()[0]).toMatchObject({ requestId: 'r1', state: 'ok' });
  expect(calls.newest().find(({ requestId }) => requestId === 'r4990')).toMatchObject({ state: 'ok' });
});

it('takes nothing in while it is paused', () => {
  const calls = feed();
  calls.isPaused = true;
  calls.take(event('start', 'a'));
  expect(shown(calls)).toEqual([]);
});
