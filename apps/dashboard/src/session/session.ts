import { computed, effect, signal, untracked } from '@preact/signals';
import type { LiveRoom, Welcome } from '#libs/kit';
import { clearFeeds } from '../feeds/feeds.js';
import { key, keepKey, refusal, refuseKey } from './key.js';
import { connect, type Connection, type GatewaySocket } from './socket.js';

/** What the gateway said when this page came; null until then. */
export const welcome = signal<Welcome | null>(null);
export const line = signal<'connecting' | 'open' | 'lost'>('connecting');
/** Counts what the gateway has said, so that whoever follows a room asks for it again. */
export const welcomes = signal(0);

export const caller = computed(() => welcome.value?.caller ?? null);
/** Whether somebody looks at the page whom the gateway knows. */
export const isSignedIn = computed(() => key.value !== null && caller.value !== null);

let current: Connection | undefined;

export function socket(): GatewaySocket | undefined {
  return current?.socket;
}

/** Whether the caller holds an action everywhere; roles may grant more, which only an answer tells. */
export function holds(action: string): boolean {
  const permissions = welcome.value?.permissions ?? [];
  return permissions.includes('*') || permissions.includes(action);
}

export function mayFollow(room: LiveRoom): boolean {
  return welcome.value?.rooms.includes(room) ?? false;
}

/** Connects with the key, or with none, which tells whether this address is known without one. */
export function open(): void {
  current?.close();
  clearFeeds();
  line.value = 'connecting';
  welcome.value = null;
  current = connect(key.value, {
    welcome(message) {
      if (message.caller === null && key.value === '') refuseKey('This address is not known without a key');
      welcome.value = message;
      line.value = 'open';
      welcomes.value += 1;
    },
    lost() {
      line.value = 'lost';
    },
    refused(reason) {
      if (key.value) refuseKey(reason);
    },
  });
}

/** With an empty key: as whoever this address is known as. */
export function signIn(given: string): void {
  refusal.value = null;
  keepKey(given);
  open();
}

export function signOut(): void {
  refusal.value = null;
  keepKey(null);
  open();
}

// whoever refuses the key: an answer, or the connection
effect(() => {
  if (refusal.value !== null) untracked(open);
});
