import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStream } from './event-stream.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { EventPlace } from './session-store.js';
import { StreamLog } from './stream-log.js';

/** Looks things up for as long as it is held. */
class SlowStore extends MemorySessionStore {
  whenAsked: () => void = () => undefined;
  release: () => void = () => undefined;
  readonly asked = new Promise<void>((resolve) => (this.whenAsked = resolve));
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  override async after(id: string, place: EventPlace) {
    this.whenAsked();
    await this.released;
    return super.after(id, place);
  }
}

let server: Server;
let store: SlowStore;
let log: StreamLog;
let stream: EventStream;
let from: EventPlace;
beforeEach(async () => {
  store = new SlowStore();
  await store.open({
    id: 's',
    callerId: 'ann',
    revision: '2025-11-25',
    clientCapabilities: {},
    scope: { kind: 'all' },
    subscribed: [],
  });
  log = new StreamLog(store, 's');
  stream = new EventStream(log);
  from = log.append(stream.id, '0');
  server = createServer((_request, response) => void stream.resume(response, {}, from));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const comeBack = () =>
  new Promise<IncomingMessage>((resolve) => {
    get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false }, resolve);
  });

async function messagesIn(answer: IncomingMessage): Promise<string[]> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data ?? '');
}

it('brings what was missed, then what came while that was looked up, each once', async () => {
  stream.send('1');
  const answer = await comeBack();
  await store.asked;
  stream.send('2');
  store.release();
  await new Promise(setImmediate);
  stream.send('3');
  stream.end();
  expect(await messagesIn(answer)).toEqual(['1', '2', '3']);
});

it('that ends meanwhile brings everything before its end', async () => {
  const answer = await comeBack();
  await store.asked;
  stream.send('1');
  stream.end();
  store.release();
  expect(await messagesIn(answer)).toEqual(['1']);
});

it('is left to whoever comes back last', async () => {
  const first = await comeBack();
  await store.asked;
  const second = await comeBack();
  store.release();
  expect(await messagesIn(first)).toEqual([]);
  stream.send('1');
  stream.end();
  expect(await messagesIn(second)).toEqual(['1']);
});

it('brings an answer larger than all else that is kept, also when its stream has ended', async () => {
  const large = 'x'.repeat(4_300_000);
  stream.send(large);
  stream.end();
  const answer = await comeBack();
  await store.asked;
  store.release();
  const [message, ...rest] = await messagesIn(answer);
  expect([message === large, rest]).toEqual([true, []]);
});

it('is not known after an event behind which one is not kept any more', async () => {
  store.release();
  const kept = async (place: EventPlace) => (await log.after(place))?.events.map(({ data }) => data);
  const next = log.append(stream.id, '1', from.number);
  const last = log.append(stream.id, '3', next.number + 1);
  expect([await kept(from), await kept(next), await kept(last)]).toEqual([undefined, undefined, []]);
});

it('ends where nothing can be looked up, so that its client comes back once more', async () => {
  store.after = () => Promise.reject(new Error('away'));
  expect(await messagesIn(await comeBack())).toEqual([]);
  expect(stream.isConnected).toBe(false);
});
