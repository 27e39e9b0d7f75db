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

/** A connection that comes back by itself, as long as its key is good. */
export function connect(key: string, listener: Listener): GatewaySocket {
  const socket: GatewaySocket = io({
    transports: ['websocket', 'polling'],
    auth: key === '' ? {} : isToken(key) ? { token: key } : { apiKey: key },
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
  socket.on('disconnect', (reason) => {
    listener.lost();
    // after which the client does not come back by itself
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), AGAIN_MS);
  });
  return socket;
}
