import { expect, it } from 'vitest';
import { EventLog, EVENT_BYTES, STREAM_EVENTS } from './event-log.js';

const KIB = 1024;
const ann = { id: 'session of ann', callerId: 'ann' };
const bob = { id: 'session of bob', callerId: 'bob' };
let number = 0;

/** Keeps an event that takes so many KiB. */
function keep(log: EventLog, owner: typeof ann, streamId: string, kib = 1, letter = 'x'): number {
  number += 1;
  log.append(owner, { streamId, number, data: letter.repeat(kib * KIB - EVENT_BYTES) });
  return number;
}
const kept = (log: EventLog, { id }: typeof ann, streamId: string) =>
  log.after(id, { streamId, number: 0 })?.map((event) => event.number);

it('has room for one caller, over all its sessions, and the oldest events go first', () => {
  const log = new EventLog(3 * KIB, 100 * KIB);
  const others = keep(log, bob, 's');
  const second = { ...ann, id: 'another session of ann' };
  keep(log, ann, 's');
  const numbers = [keep(log, second, 's'), keep(log, ann, 't'), keep(log, ann, 't')];
  expect(kept(log, ann, 's')).toBeUndefined();
  expect([...kept(log, second, 's')!, ...kept(log, ann, 't')!]).toEqual(numbers);
  expect(kept(log, bob, 's')).toEqual([others]);
});

it('has room for all callers together, and the oldest events of all go first', () => {
  const log = new EventLog(3 * KIB, 4 * KIB);
  keep(log, ann, 's');
  const others = [keep(log, bob, 's'), keep(log, bob, 's'), keep(log, bob, 's')];
  const newest = keep(log, ann, 's');
  expect([kept(log, ann, 's'), kept(log, bob, 's')]).toEqual([[newest], others]);
});

it('counts bytes: two for each letter of a text that needs them', () => {
  const log = new EventLog(4 * KIB, 100 * KIB);
  keep(log, ann, 's', 2);
  const both = [keep(log, ann, 's', 1), keep(log, ann, 's', 1, '€')];
  expect(kept(log, ann, 's')).toEqual(both);
});

it('counts an event without data too', () => {
  const log = new EventLog(10 * EVENT_BYTES, 100 * KIB);
  for (let n = 1; n <= 100; n += 1) log.append(ann, { streamId: 's', number: n, data: '' });
  expect(kept(log, ann, 's')).toHaveLength(10);
});

it('keeps so many of a stream, however short they are, and the newest of them', () => {
  const log = new EventLog();
  for (let n = 1; n <= STREAM_EVENTS + 500; n += 1) log.append(ann, { streamId: 's', number: n, data: '' });
  log.append(ann, { streamId: 't', number: 9_999, data: '' });
  const numbers = kept(log, ann, 's')!;
  expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([STREAM_EVENTS, 501, STREAM_EVENTS + 500]);
  expect(kept(log, ann, 't')).toEqual([9_999]);
});

it('keeps all else where one event is larger than what there is room for, and nothing of its stream', () => {
  const log = new EventLog(3 * KIB, 100 * KIB);
  keep(log, ann, 'large');
  const other = keep(log, ann, 's');
  keep(log, ann, 'large', 4);
  expect([kept(log, ann, 'large'), kept(log, ann, 's')]).toEqual([undefined, [other]]);
});

it('has room again for what a session had that is over', () => {
  const log = new EventLog(3 * KIB, 3 * KIB);
  const over = { ...ann, id: 'over' };
  const first = keep(log, ann, 's');
  keep(log, over, 's');
  keep(log, over, 't');
  log.forget(over.id);
  const numbers = [first, keep(log, ann, 's'), keep(log, ann, 's')];
  expect([kept(log, over, 's'), kept(log, over, 't'), kept(log, ann, 's')]).toEqual([undefined, undefined, numbers]);
});

it('goes on for long', () => {
  const log = new EventLog(50 * KIB, 80 * KIB);
  let last: number[] = [];
  for (let n = 0; n < 20_000; n += 1) {
    const owner = n % 3 === 0 ? bob : ann;
    const added = keep(log, owner, `stream ${n % 5}`);
    if (n % 1_000 === 999) log.forget(bob.id);
    last = [...last.slice(-20), owner === ann ? added : 0];
  }
  const anns = [0, 1, 2, 3, 4].flatMap((stream) => kept(log, ann, `stream ${stream}`) ?? []);
  expect(anns).toHaveLength(50);
  expect(anns).toEqual(expect.arrayContaining(last.filter((each) => each > 0)));
});
