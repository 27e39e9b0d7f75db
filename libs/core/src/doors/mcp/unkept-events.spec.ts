import { expect, it } from 'vitest';
import { UnkeptEvents } from './unkept-events.js';

it('holds events in their order, and the last ones where there are too many, until they are taken', () => {
  const unkept = new UnkeptEvents(4_000);
  for (let number = 1; number <= 10; number += 1) {
    unkept.add('session', { streamId: 'stream', number, data: 'x'.repeat(1_000) });
  }
  expect(unkept.takeAll().map(({ event }) => event.number)).toEqual([8, 9, 10]);
  expect(unkept.takeAll()).toEqual([]);
});
