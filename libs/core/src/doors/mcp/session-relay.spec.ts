import { expect, it } from 'vitest';
import type { LiveReplicas } from '../../replicas/live-replicas.js';
import type { ReplicaBus, Topic } from '../../replicas/replica-bus.js';
import { SessionRelay } from './session-relay.js';
import type { SessionStore } from './session-store.js';
import type { Sessions } from './sessions.js';

it('sends nothing to a stream at a replica that is gone', () => {
  const listeners = new Map<string, (message: unknown, from: string) => void>();
  const published: unknown[] = [];
  let leave: (id: string) => void = () => undefined;
  const bus = {
    isReady: true,
    on: ({ name }: Topic<unknown>, listener: () => void) => listeners.set(name, listener),
    publish: (_topic: unknown, message: unknown, to: string) => published.push([message, to]),
  } as unknown as ReplicaBus;
  const replicas = { onGone: (listener: typeof leave) => (leave = listener) } as unknown as LiveReplicas;
  const nothing = { find: () => undefined, onEnd: () => undefined };
  const relay = new SessionRelay(bus, nothing as unknown as Sessions, nothing as unknown as SessionStore, replicas);

  for (const [session, replica] of [
    ['one', 'leaving'],
    ['two', 'staying'],
  ] as const) {
    listeners.get('session stream')!({ session, isOpen: true }, replica);
  }
  leave('leaving');
  expect([relay.tell('one', '{}'), relay.tell('two', '{}')]).toEqual([false, true]);
  expect(published).toEqual([[{ session: 'two', json: '{}' }, 'staying']]);
});
