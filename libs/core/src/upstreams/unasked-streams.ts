import type { OpenAnswer } from '#libs/outbound';
import type { Params } from './connection.js';
import { RefusedByStatus, type HttpAddress } from './http-address.js';
import { isEventStream, posted } from './http-exchange.js';
import type { OpenStream } from './listening-stream.js';
import { listenRequest } from './modern-subscriptions.js';

/** The connection whose server tells something that nobody asked for. */
export interface Listener {
  readonly name: string;
  readonly address: HttpAddress;
  headers(method?: string, params?: Params): Record<string, string>;
  hasSession(): boolean;
  loseSession(): void;
}

/** What is subscribed to in 2026-07-28, by a request that has no end. */
export function subscribedStream(listener: Listener, wanted: Params): OpenStream {
  const { name, address } = listener;
  const body = JSON.stringify(listenRequest(wanted));
  const sent = { ...listener.headers('subscriptions/listen', {}), ...posted };
  return (_lastEventId, signal) => streamOrNone(name, address.open({ method: 'POST', headers: sent, body, signal }));
}

/** The stream that a session has by GET. */
export function sessionStream(listener: Listener): OpenStream {
  const { name, address } = listener;
  let wasThere = false;
  return async (lastEventId, signal) => {
    const sent = {
      ...listener.headers(),
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const answer = await address.open({ method: 'GET', headers: sent, signal });
    // a server that has no such stream at all may also say 404
    if (answer.status === 404 && wasThere && listener.hasSession()) listener.loseSession();
    const stream = await streamOrNone(name, Promise.resolve(answer));
    wasThere = stream !== undefined;
    return stream;
  };
}

async function streamOrNone(name: string, opening: Promise<OpenAnswer>): Promise<OpenAnswer | undefined> {
  const answer = await opening;
  if (isEventStream(answer.status, answer.headers)) return answer;
  answer.drop();
  if (answer.status >= 500 || answer.status === 429) throw new RefusedByStatus(name, answer.status);
  return undefined;
}
