import { expect, it } from 'vitest';
import { EventStream } from './event-stream.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionEvent } from './session-store.js';
import { StreamLog } from './stream-log.js';

/** Keeps nothing while it is away. */
class ShakyStore extends MemorySessionStore {
  isAway = false;

  override keep(id: string, event: SessionEvent): Promise<void> {
    return this.isAway ? Promise.reject(new Error('It is away')) : super.keep(id, event);
  }
}

async function stream() {
  const store = new ShakyStore();
  await store.open({
    id: 's',
    callerId: 'ann',
    revision: '2025-11-25',
    clientCapabilities: {},
    scope: { kind: 'all' },
    subscribed: [],
  });
  const log = new StreamLog(store, 's');
  return { store, log, own: new EventStream(log, 'x') };
}

it('answers what came after a place', async () => {
  const { log, own } = await stream();
  const first = log.append('x', '1');
  log.append('x', '2', first.number);
  expect((await log.after(first))?.events.map(({ data }) => data)).toEqual(['2']);
  expect(own.isWhole((await log.after(first))!, first)).toBe(true);
});

it('answers nothing where one in the middle was not kept', async () => {
  const { store, log, own } = await stream();
  own.send('1');
  const { number } = (await log.after({ streamId: 'x', number: 0 }))!.events[0]!;
  own.send('2');
  store.isAway = true;
  own.send('the answer');
  store.isAway = false;
  own.end();
  expect(await log.after({ streamId: 'x', number })).toBeUndefined();
});

it('tells at the stream itself that its last ones were not kept', async () => {
  const { store, log, own } = await stream();
  own.send('1');
  const place = { streamId: 'x', number: (await log.after({ streamId: 'x', number: 0 }))!.events[0]!.number };
  expect(own.isWhole((await log.after(place))!, place)).toBe(true);
  store.isAway = true;
  own.send('the answer');
  expect(own.isWhole((await log.after(place))!, place)).toBe(false);
});
