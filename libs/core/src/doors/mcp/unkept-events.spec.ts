import { expect, it } from 'vitest';
import { UnkeptEvents } from './unkept-events.js';

const eventOf = (number: number) => ({
  sessionId: 'session',
  event: { streamId: 'stream', number, data: 'x'.repeat(1_000) },
});
const numbersOf = (events: ReturnType<UnkeptEvents['take']>) => events.map(({ event }) => event.number);

it('holds events in their order, and the last ones where there are too many, until they are taken', () => {
  const unkept = new UnkeptEvents(4_000);
  for (let number = 1; number <= 10; number += 1) unkept.add(eventOf(number));
  expect(numbersOf(unkept.take(2))).toEqual([8, 9]);
  expect(numbersOf(unkept.take(2))).toEqual([10]);
  expect(unkept.isEmpty).toBe(true);
});

it('takes back what could not be written, before what came meanwhile, as far as there is room', () => {
  const unkept = new UnkeptEvents(4_000);
  for (let number = 1; number <= 3; number += 1) unkept.add(eventOf(number));
  const taken = unkept.take(2);
  unkept.add(eventOf(4));
  unkept.giveBack(taken);
  expect(numbersOf(unkept.take(9))).toEqual([2, 3, 4]);
});
