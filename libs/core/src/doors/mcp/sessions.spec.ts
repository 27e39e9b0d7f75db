import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Caller } from '#libs/kit';
import { CancellableCall } from './cancellable-call.js';
import type { Session } from './session.js';
import { OpenConnections } from '../../execution/open-connections.js';
import { Sessions } from './sessions.js';
import { StreamPlaces } from './stream-places.js';

const MINUTE = 60_000;
const caller = (id: string): Caller => ({ id, kind: 'key', subject: id, permissions: [] });

let connections: OpenConnections;
let sessions: Sessions;
beforeEach(() => {
  vi.useFakeTimers();
  connections = new OpenConnections();
  sessions = new Sessions(connections);
});
afterEach(() => {
  sessions.onApplicationShutdown();
  vi.useRealTimers();
});

const openFor = (id: string) => sessions.open(caller(id), '2025-11-25', {}, { kind: 'all' });
it('forgets a session that nobody used for half an hour', () => {
  const session = openFor('a');
  vi.advanceTimersByTime(29 * MINUTE);
  expect(sessions.get(session.id, caller('a'))).toBe(session);
  vi.advanceTimersByTime(32 * MINUTE);
  expect(() => sessions.get(session.id, caller('a'))).toThrow('Session not found');
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
])('keeps a session with %s, and half an hour longer', (_name, open) => {
  const session = openFor('a');
  const close = open(session);
  vi.advanceTimersByTime(90 * MINUTE);
  close();
  vi.advanceTimersByTime(20 * MINUTE);
  expect(connections.mcp).toBe(1);
  vi.advanceTimersByTime(12 * MINUTE);
  expect(connections.mcp).toBe(0);
});

it('gives one caller a thousand sessions, and others theirs', () => {
  const all = Array.from({ length: 1_000 }, () => openFor('a'));
  expect(() => openFor('a')).toThrow('Too many sessions are open');
  openFor('b');
  sessions.end(all[0]!);
  sessions.end(all[0]!);
  openFor('a');
  expect(() => openFor('a')).toThrow('Too many sessions are open');
});

it('ends the sessions of one caller alone', () => {
  const [mine, other] = [openFor('a'), openFor('b')];
  sessions.endOf('b');
  expect(sessions.get(mine.id, caller('a'))).toBe(mine);
  expect(connections.mcp).toBe(1);
  expect(other.standing.hasEnded).toBe(true);
});

it('gives one caller 500 streams at once', () => {
  const places = new StreamPlaces();
  const take = () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    places.take(caller('a'), response);
    return response;
  };
  const responses = Array.from({ length: 500 }, take);
  expect(take).toThrow('Too many streams are open');
  responses[0]?.emit('close');
  take();
  expect(take).toThrow('Too many streams are open');
});
