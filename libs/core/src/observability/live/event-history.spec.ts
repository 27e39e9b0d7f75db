import { expect, it } from 'vitest';
import { EventHistory } from './event-history.js';

const since = (history: EventHistory<string>, seq: number) => {
  const { events, complete } = history.since(seq);
  return { events: events.map((each) => `${each.seq} ${each.event}`), complete };
};

it('gives events that came together like those that came alone', () => {
  const history = new EventHistory<string>();
  history.push('a');
  const many = history.pushMany(3, () => ['b', 'c', 'd']);
  history.push('e');
  expect(many().map(({ seq, event }) => [seq, event])).toEqual([
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
  ]);
  expect(since(history, 0)).toEqual({ events: ['1 a', '2 b', '3 c', '4 d', '5 e'], complete: true });
  expect(since(history, 2)).toEqual({ events: ['3 c', '4 d', '5 e'], complete: true });
  expect(since(history, 9)).toMatchObject({ complete: false });
});

it('makes no event that nobody reads', () => {
  const history = new EventHistory<string>();
  const read: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    history.pushMany(1, () => {
      read.push(name);
      return [name];
    });
  }
  expect(read).toEqual([]);
  expect(since(history, 1)).toEqual({ events: ['2 b', '3 c'], complete: true });
  expect(read).toEqual(['b', 'c']);
});

it.each([1, 30, 900])('keeps the newest 1,000 when %i come at once, and says when more was missed', (count) => {
  const history = new EventHistory<string>();
  const names = Array.from({ length: count }, () => 'x');
  for (let told = 0; told < 10_000; told += count) history.pushMany(count, () => names);
  const { events, complete } = history.since(0);
  expect(complete).toBe(false);
  expect(events.length).toBeGreaterThanOrEqual(1_000);
  expect(events.length).toBeLessThan(1_000 + count);
  expect(events.at(-1)?.seq).toBe(history.seq);
  const [first] = events;
  expect(history.since((first?.seq ?? 0) - 1)).toEqual({ events, complete: true });
});

it('says so when events are gone that came together', () => {
  const history = new EventHistory<string>();
  history.pushMany(2, () => []);
  history.push('c');
  expect(since(history, 0)).toEqual({ events: ['3 c'], complete: false });
  expect(since(history, 2)).toEqual({ events: ['3 c'], complete: true });
});
