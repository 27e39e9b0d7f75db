import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OperationError, type Caller, type HttpResponse } from '#libs/kit';
import type { CallOrigin } from '../../execution/call-context.js';
import { OpenConnections } from '../../execution/open-connections.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionRelay } from './session-relay.js';
import { SessionSubscriptions } from './session-subscriptions.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';
import type { WatchedResources } from './watched-resources.js';

const caller = { id: 'a', kind: 'key', subject: 'a', permissions: ['*'] } as Caller;
const origin = { caller } as CallOrigin;

let asked: string[];
let left: string[];
/** What the upstreams answer; those whose names begin with `hung` never do. */
let answer: (own: string) => Promise<boolean>;
let moved: (session: Session) => void;
let sessions: Sessions;
let subscriptions: SessionSubscriptions;
let session: Session;

beforeEach(async () => {
  vi.useFakeTimers();
  asked = [];
  left = [];
  answer = async () => true;
  const store = new MemorySessionStore();
  sessions = new Sessions(new OpenConnections(), store);
  const watching = {
    find: (uri: string) => ({ upstream: uri.split(':')[0], own: uri }),
    begin: ({ own }: { own: string }) => {
      asked.push(own);
      return own.startsWith('hung') ? new Promise<never>(() => undefined) : answer(own);
    },
    leave: (owner: string) => left.push(owner),
  } as unknown as WatchedResources;
  const relay = { onMoved: (listener: typeof moved) => (moved = listener) } as unknown as SessionRelay;
  subscriptions = new SessionSubscriptions(watching, sessions, relay, store);
  session = await sessions.open(caller, '2025-11-25', {}, { kind: 'all' } as never);
});
afterEach(() => {
  sessions.onApplicationShutdown();
  vi.useRealTimers();
});

/** The session's GET stream is open here from now on. */
async function readHere(...uris: string[]): Promise<EventEmitter> {
  for (const subscribe of uris) await sessions.change(session, { subscribe });
  const response = new EventEmitter();
  subscriptions.readHere(session, origin, response as unknown as HttpResponse, false);
  await vi.advanceTimersByTimeAsync(0);
  return response;
}

it('are asked for one after the other at one upstream, and beside each other at several', async () => {
  await readHere('hung:1', 'hung:2', 'good:1', 'good:2');
  expect(asked).toEqual(['hung:1', 'good:1', 'good:2']);
});

it('are asked for again where the upstream is away, ever later, and no more once it has heard', async () => {
  answer = () => Promise.reject(new OperationError('unavailable', 'It is away'));
  await readHere('a:1');
  await vi.advanceTimersByTimeAsync(5_000 + 10_000 + 20_000);
  expect(asked).toHaveLength(4);
  answer = async () => true;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toHaveLength(5);
});

it('are asked for once where they are refused', async () => {
  answer = () => Promise.reject(new OperationError('invalid', 'There is no such resource'));
  await readHere('a:1');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toEqual(['a:1']);
});

it.each<[string, (response: EventEmitter) => unknown]>([
  ['its stream is closed', (response) => response.emit('close')],
  ['its session is over', () => sessions.end(session)],
  ['its stream goes on at another replica', () => moved(session)],
  ['it was subscribed to here, and is read at another replica', () => subscriptions.subscribed(session, true)],
])('are not asked for any more once %s', async (_, end) => {
  answer = () => Promise.reject(new OperationError('unavailable', 'It is away'));
  const response = await readHere('a:1');
  await end(response);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toEqual(['a:1']);
});

it('are left to the replica at which they are read', async () => {
  await readHere('a:1');
  subscriptions.subscribed(session, false);
  expect(left).toEqual([]);
  moved(session);
  subscriptions.subscribed(session, true);
  expect(left).toEqual([session.id, session.id]);
});
