import { describe, expect, it } from 'vitest';
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

it('goes on where the view was left, and takes each event once', () => {
  const calls = new CallFeed();
  const [start, end] = [event('start', 'a'), event('end', 'a', { outcome: 'ok', durationMs: 1 })];
  calls.joined({ seq: start.seq, complete: true }, [start]);
  expect(calls.since).toBe(start.seq - 1);
  calls.joined({ seq: end.seq, complete: true }, [start, end]);
  calls.joined({ seq: end.seq, complete: true }, [end]);
  expect(shown(calls)).toEqual([['a', 'ok', 1]]);
});

describe('when the gateway was started anew', () => {
  const known = () => feed({ ...event('start', 'a'), seq: 40 }, { ...event('start', 'b'), seq: 41 });
  const anew = (seq: number, requestId: string) => ({
    ...event('start', requestId),
    seq,
    time: '2026-01-31T12:10:00.000Z',
  });

  it('takes what it tells from 1, and does not say that calls from before still run', () => {
    const calls = known();
    calls.joined({ seq: 1, complete: false }, [anew(1, 'c')]);
    calls.take(anew(2, 'd'));
    expect(shown(calls)).toEqual([
      ['d', 'running', undefined],
      ['c', 'running', undefined],
      ['b', 'unknown', undefined],
      ['a', 'unknown', undefined],
    ]);
    expect(calls.since).toBe(1);
  });

  it('sees it where the gateway has come further than before', () => {
    const calls = known();
    calls.joined({ seq: 42, complete: true }, [anew(41, 'c'), anew(42, 'd')]);
    expect(shown(calls).map(([, state]) => state)).toEqual(['running', 'running', 'unknown', 'unknown']);
  });

  it('tells a call with the same request from the one before', () => {
    const calls = known();
    calls.joined({ seq: 1, complete: false }, [anew(1, 'a')]);
    calls.take({ ...anew(2, 'a'), phase: 'end', outcome: 'ok', durationMs: 1 });
    expect(shown(calls)[0]).toEqual(['a', 'ok', 1]);
  });
});

it('hears of a call again whose events were missed for a while', () => {
  const calls = feed(event('start', 'a'), event('start', 'b'));
  calls.joined({ seq: 9_000, complete: false }, [event('progress', 'a', { progress: 1 })]);
  calls.take(event('end', 'b', { outcome: 'error', durationMs: 3 }));
  expect(shown(calls)).toEqual([
    ['b', 'error', 3],
    ['a', 'running', undefined],
  ]);
});

it('takes what other replicas tell late', () => {
  const start = event('start', 'a');
  const late = event('end', 'a', { outcome: 'ok', durationMs: 1 });
  expect(shown(feed(start, event('start', 'b'), late))).toEqual([
    ['b', 'running', undefined],
    ['a', 'ok', 1],
  ]);
});

it('forgets everything for whoever comes next', () => {
  const calls = feed(event('start', 'a'));
  calls.clear();
  expect([shown(calls), calls.since]).toEqual([[], 0]);
});
