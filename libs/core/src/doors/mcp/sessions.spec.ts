import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '#libs/kit';
import type { CredentialWatch } from '../../access/credential-watch.js';
import { CancellableCall } from './cancellable-call.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { Session } from './session.js';
import { OpenConnections } from '../../execution/open-connections.js';
import type { EventPlace, SessionChange, SessionEvent, SessionState, SessionStore } from './session-store.js';
import { Sessions } from './sessions.js';
import { StreamPlaces } from './stream-places.js';

const MINUTE = 60_000;
const caller = (id: string): Caller => ({ id, kind: 'key', subject: id, permissions: [] });

/** Gives and takes nothing but JSON, as a store outside this process would. */
class JsonStore extends MemorySessionStore {
  override open(state: SessionState) {
    return super.open(copyOf(state));
  }
  override find(id: string) {
    return copyOf(super.find(id));
  }
  override async change(id: string, change: SessionChange) {
    return copyOf(await super.change(id, copyOf(change)));
  }
  override keep(id: string, event: SessionEvent) {
    return super.keep(id, copyOf(event));
  }
  override async after(id: string, place: EventPlace) {
    return copyOf(await super.after(id, place));
  }
}

function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

let connections: OpenConnections;
let store: SessionStore;
let sessions: Sessions;
beforeEach(() => {
  vi.useFakeTimers();
  connections = new OpenConnections();
  store = new JsonStore();
  sessions = new Sessions(connections, store);
});
afterEach(() => {
  sessions.onApplicationShutdown();
  vi.useRealTimers();
});

const openFor = (id: string) => sessions.open(caller(id), '2025-11-25', {}, { kind: 'all' });

it('forgets a session that nobody used for half an hour', async () => {
  const session = await openFor('a');
  await vi.advanceTimersByTimeAsync(29 * MINUTE);
  expect(await sessions.get(session.id, caller('a'))).toBe(session);
  await vi.advanceTimersByTimeAsync(32 * MINUTE);
  expect(() => sessions.get(session.id, caller('a'))).toThrow('Session not found');
  expect(connections.mcp).toBe(0);
});

it.each<[name: string, open: (session: Session) => () => void]>([
  [
    'an open stream',
    (session) => {
      session.standing.connect(new ServerResponse(new IncomingMessage(new Socket())), {});
      return () => session.standing.disconnect();
    },
  ],
  [
    'a running call',
    (session) => {
      session.calls.set(1, new CancellableCall());
      return () => session.calls.delete(1);
    },
  ],
])('keeps a session with %s, and half an hour longer', async (_name, open) => {
  const session = await openFor('a');
  const close = open(session);
  await vi.advanceTimersByTimeAsync(90 * MINUTE);
  close();
  await vi.advanceTimersByTimeAsync(20 * MINUTE);
  expect(connections.mcp).toBe(1);
  await vi.advanceTimersByTimeAsync(12 * MINUTE);
  expect(connections.mcp).toBe(0);
  expect(await store.find(session.id)).toBeUndefined();
});

it('gives one caller a thousand sessions, and others theirs', async () => {
  const all = await Promise.all(Array.from({ length: 1_000 }, () => openFor('a')));
  await expect(openFor('a')).rejects.toThrow('Too many sessions are open');
  await openFor('b');
  await sessions.end(all[0]!);
  await sessions.end(all[0]!);
  await openFor('a');
  await expect(openFor('a')).rejects.toThrow('Too many sessions are open');
});

it('ends the sessions of one caller alone', async () => {
  const [mine, other] = await Promise.all([openFor('a'), openFor('b')]);
  sessions.endOf('b');
  expect(await sessions.get(mine.id, caller('a'))).toBe(mine);
  expect(connections.mcp).toBe(1);
  expect(other.standing.hasEnded).toBe(true);
  expect(await store.find(other.id)).toBeUndefined();
});

it('keeps nothing open of a session that the store did not take', async () => {
  store.open = () => Promise.reject(new Error('away'));
  await expect(openFor('a')).rejects.toThrow('away');
  expect(connections.mcp).toBe(0);
});

describe('what changes', () => {
  const changed = (session: Session) => {
    session.announce('changed');
    return session.log.after({ streamId: session.standing.id, number: 0 });
  };
  const connect = (session: Session) => {
    session.standing.connect(new ServerResponse(new IncomingMessage(new Socket())), {}, { prime: true });
    session.standing.disconnect();
  };

  it('is kept for a client whose standing stream broke', async () => {
    const session = await openFor('a');
    connect(session);
    expect((await changed(session))?.events.map(({ data }) => data)).toEqual(['', 'changed']);
  });

  it('is not kept for one that never had such a stream, or has it elsewhere now', async () => {
    const [without, elsewhere] = [await openFor('a'), await openFor('a')];
    connect(elsewhere);
    elsewhere.standing.handOver();
    expect(await changed(without)).toBeUndefined();
    expect((await changed(elsewhere))?.events.map(({ data }) => data)).toEqual(['']);
  });
});

describe('another process with the same store', () => {
  let other: Sessions;
  beforeEach(() => {
    other = new Sessions(new OpenConnections(), store);
  });
  afterEach(() => other.onApplicationShutdown());

  it('goes on with a session as its client left it', async () => {
    const scope = { kind: 'server', name: 'files' } as const;
    const { id } = await sessions.open(caller('a'), '2025-06-18', { roots: {} }, scope);
    const first = await sessions.get(id, caller('a'));
    await sessions.change(first, { logLevel: 'warning' });
    await sessions.change(first, { subscribe: 'file:///a' });
    await sessions.change(first, { subscribe: 'file:///b' });
    await sessions.change(first, { unsubscribe: 'file:///a' });
    const session = await other.get(id, caller('a'));
    expect(session).toMatchObject({
      id,
      callerId: 'a',
      revision: '2025-06-18',
      clientCapabilities: { roots: {} },
      scope,
      logLevel: 'warning',
      subscriptions: 1,
    });
    expect([session.isSubscribedTo('file:///a'), session.isSubscribedTo('file:///b')]).toEqual([false, true]);
    await other.change(session, { logLevel: 'debug' });
    expect((await sessions.get(id, caller('a'))).logLevel).toBe('debug');
  });

  it('gives it to nobody else', async () => {
    const { id } = await openFor('a');
    expect(() => other.get(id, caller('b'))).toThrow('Session not found');
    expect((await sessions.get(id, caller('a'))).id).toBe(id);
  });

  it('has what the first one sent, for a client that comes back', async () => {
    const first = await openFor('a');
    const stream = first.newStream();
    for (const json of ['1', '2', '3']) stream.send(json);
    const { log } = await other.get(first.id, caller('a'));
    const all = (await log.after({ streamId: stream.id, number: 0 }))?.events;
    expect(all?.map(({ data }) => data)).toEqual(['1', '2', '3']);
    expect((await log.after(all![0]!))?.events.map(({ data }) => data)).toEqual(['2', '3']);
    expect(await log.after({ streamId: 'another', number: 0 })).toBeUndefined();
    // and what it sends itself comes later
    vi.advanceTimersByTime(1);
    log.append(stream.id, '4');
    expect((await log.after(all![2]!))?.events.map(({ data }) => data)).toEqual(['4']);
  });

  it('keeps it in use, and ends it for both', async () => {
    const { id } = await openFor('a');
    for (let n = 0; n < 4; n += 1) {
      await vi.advanceTimersByTimeAsync(20 * MINUTE);
      await other.get(id, caller('a'));
    }
    const session = await sessions.get(id, caller('a'));
    await other.end(await other.get(id, caller('a')));
    await expect(sessions.change(session, { logLevel: 'debug' })).rejects.toThrow('Session not found');
    expect(() => sessions.get(id, caller('a'))).toThrow('Session not found');
    expect(session.standing.hasEnded).toBe(true);
  });

  it('goes on when the first one stops', async () => {
    const { id } = await openFor('a');
    sessions.leaveAll();
    expect((await other.get(id, caller('a'))).id).toBe(id);
  });
});

it('gives one caller 500 streams at once', () => {
  const places = new StreamPlaces({ hold: () => () => undefined } as unknown as CredentialWatch);
  const take = () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    places.take(caller('a'), response, () => undefined);
    return response;
  };
  const responses = Array.from({ length: 500 }, take);
  expect(take).toThrow('Too many streams are open');
  responses[0]?.emit('close');
  take();
  expect(take).toThrow('Too many streams are open');
});
