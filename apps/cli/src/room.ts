import { on, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { LiveRoom } from '#libs/kit';
import { Failure } from './failure.js';
import type { GatewayClient } from './gateway-client.js';

const BACK_AFTER_MS = 1_000;
const PATIENCE_MS = 10_000;
const PROXY = 'A proxy before the gateway has to let WebSockets through, and DOORS has to have `realtime`.';

interface Frame {
  readonly type: string;
  readonly seq?: number;
  readonly ok?: boolean;
  readonly error?: { readonly message: string };
  readonly complete?: boolean;
}

/**
 * The events of a room, until `interrupted`. A connection that breaks is made again, and what was missed is asked for;
 * `tell` hears of both.
 */
export async function* followRoom<T>(
  gateway: GatewayClient,
  room: LiveRoom,
  interrupted: AbortSignal,
  tell: (problem: string) => void,
): AsyncGenerator<T> {
  let seen: number | undefined;
  let welcomed = false;
  while (!interrupted.aborted) {
    const socket = openSocket(gateway);
    for await (const frame of framesOf(socket, interrupted)) {
      if (frame.type === 'welcome') {
        welcomed = true;
        socket.send(JSON.stringify({ type: 'subscribe', id: 1, room, ...(seen !== undefined && { since: seen }) }));
      } else if (frame.type === 'ack') {
        if (!frame.ok) throw new Failure('denied', frame.error?.message ?? `The room ${room} is closed to you`);
        if (seen !== undefined && !frame.complete) tell('Some of what happened meanwhile is not known any more.');
        seen ??= frame.seq;
      } else if (frame.seq !== undefined) {
        seen = frame.seq;
        const { type: _, ...event } = frame;
        yield event as T;
      }
    }
    if (interrupted.aborted) return;
    if (!welcomed) throw new Failure('unreachable', `No socket opens at ${gateway.address('/ws').href}`, PROXY);
    tell('The connection broke; trying again.');
    await sleep(BACK_AFTER_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

/** Whether a socket opens and the gateway greets it. */
export async function socketOpens(gateway: GatewayClient): Promise<boolean> {
  const socket = openSocket(gateway);
  try {
    await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.terminate();
  }
}

function openSocket(gateway: GatewayClient): WebSocket {
  const address = gateway.address('/ws');
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address, { headers: gateway.credential, handshakeTimeout: PATIENCE_MS });
}

/** What comes over a socket until it closes, for whatever reason. */
async function* framesOf(socket: WebSocket, interrupted: AbortSignal): AsyncGenerator<Frame> {
  try {
    for await (const [data] of on(socket, 'message', { close: ['close'], signal: interrupted })) {
      yield JSON.parse((data as Buffer).toString('utf8')) as Frame;
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure('failed', 'What came over the socket is not of a gateway');
    // it broke, or nobody wants it any more
  } finally {
    socket.on('error', () => undefined).terminate();
  }
}
