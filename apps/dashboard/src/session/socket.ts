import { io, type Socket } from 'socket.io-client';
import type { ClientToServerEvents, ServerToClientEvents, Welcome } from '#libs/kit';
import { isToken } from './key.js';

export type GatewaySocket = Socket<ServerToClientEvents, ClientToServerEvents>;

interface Listener {
  welcome(message: Welcome): void;
  lost(): void;
  refused(reason: string): void;
}

const AGAIN_MS = 1_000;

export interface Connection {
  readonly socket: GatewaySocket;
  /** Ends it for good. */
  close(): void;
}

/**
 * A connection that comes back by itself, as long as its key is good. Null is nobody, whom the gateway ends after a
 * while: what it says of the address is known by then.
 */
export function connect(key: string | null, listener: Listener): Connection {
  const socket: GatewaySocket = io({
    transports: ['websocket', 'polling'],
    auth: credentialOf(key),
    forceNew: true,
    reconnectionDelayMax: 5_000,
  });
  socket.on('welcome', (message) => listener.welcome(message));
  socket.on('error', ({ kind, message }) => {
    if (kind === 'unauthenticated') listener.refused(message);
  });
  socket.on('connect_error', (error) => {
    const { data } = error as Error & { data?: { kind?: string; message?: string } };
    if (data?.kind === 'unauthenticated') listener.refused(data.message ?? 'The key is not known');
    else listener.lost();
  });
  let again: ReturnType<typeof setTimeout> | undefined;
  socket.on('disconnect', (reason) => {
    const isEnded = reason === 'io server disconnect';
    if (isEnded && key === null) return;
    listener.lost();
    // after which the client does not come back by itself
    if (isEnded) again = setTimeout(() => socket.connect(), AGAIN_MS);
  });
  return {
    socket,
    close() {
      clearTimeout(again);
      socket.close();
    },
  };
}

function credentialOf(key: string | null): { apiKey?: string; token?: string } {
  if (!key) return {};
  return isToken(key) ? { token: key } : { apiKey: key };
}
