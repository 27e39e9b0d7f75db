import { io, type Socket } from 'socket.io-client';
import WebSocket from 'ws';
import type { ClientToServerEvents, RealtimeAck, ServerToClientEvents } from '#libs/kit';

export type Ack = RealtimeAck<Record<string, any>>;

/** A client of the realtime door, whichever way it is connected. */
export interface TestSocket {
  /** Sends a message and answers its acknowledgement. */
  ask(name: string, message?: object): Promise<Ack>;
  /** The next event of that name which was not asked for before; rejects when the connection ends without one. */
  next(name: string, fits?: (event: any) => boolean): Promise<any>;
  /** All events of that name that came and were not asked for. */
  seen(name: string): any[];
  /** All that came, and was not asked for. */
  all(): { name: string; event: unknown }[];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>;
  close(): void;
}

export interface Connecting {
  headers?: Record<string, string>;
  auth?: Record<string, unknown>;
}

type Waiting = {
  name: string;
  fits: (event: any) => boolean;
  resolve: (event: any) => void;
  reject: (e: Error) => void;
};

/** Events by name, for those who wait for them. */
class Events {
  private readonly came: { name: string; event: any }[] = [];
  private waiting: Waiting[] = [];
  private over = false;

  take(name: string, event: any): void {
    const index = this.waiting.findIndex((each) => each.name === name && each.fits(event));
    if (index === -1) this.came.push({ name, event });
    else this.waiting.splice(index, 1)[0]!.resolve(event);
  }

  end(): void {
    this.over = true;
    for (const { name, reject } of this.waiting) reject(new Error(`The connection ended without ${name}`));
    this.waiting = [];
  }

  next(name: string, fits: (event: any) => boolean = () => true): Promise<any> {
    const index = this.came.findIndex((each) => each.name === name && fits(each.event));
    if (index !== -1) return Promise.resolve(this.came.splice(index, 1)[0]!.event);
    if (this.over) return Promise.reject(new Error(`The connection has ended without ${name}`));
    return new Promise((resolve, reject) => this.waiting.push({ name, fits, resolve, reject }));
  }

  all(): { name: string; event: unknown }[] {
    return [...this.came];
  }

  seen(name: string): any[] {
    return this.came.filter((each) => each.name === name).map(({ event }) => event);
  }
}

/** Socket.IO's own client. Rejects with what the handshake was refused with. */
export async function connectSocketIo(
  url: string,
  transport: 'websocket' | 'polling',
  { headers = {}, auth = {} }: Connecting = {},
): Promise<TestSocket & { socket: Socket<ServerToClientEvents, ClientToServerEvents> }> {
  const socket: Socket = io(url, {
    transports: [transport],
    extraHeaders: headers,
    auth,
    forceNew: true,
    reconnection: false,
  });
  const events = new Events();
  socket.onAny((name: string, event) => events.take(name, event));
  const closed = new Promise((resolve) => {
    socket.once('disconnect', (reason) => {
      events.end();
      resolve(reason);
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', (error) => {
      socket.close();
      reject(error);
    });
  });
  return {
    socket,
    ask: (name, ...message) => socket.timeout(10_000).emitWithAck(name, ...message) as Promise<Ack>,
    next: (name, fits) => events.next(name, fits),
    seen: (name) => events.seen(name),
    all: () => events.all(),
    closed,
    close: () => void socket.close(),
  };
}

/** A plain WebSocket. Rejects with an error whose `status` is what the upgrade was refused with. */
export async function connectPlain(
  url: string,
  { headers = {}, auth }: Connecting = {},
): Promise<TestSocket & { socket: WebSocket }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
  const events = new Events();
  const closed = new Promise((resolve) => {
    socket.once('close', (code) => {
      events.end();
      resolve(code);
    });
  });
  const acknowledged = new Map<unknown, (ack: Ack) => void>();
  socket.on('message', (bytes: Buffer) => {
    const { type, ...event } = JSON.parse(bytes.toString()) as { type: string; id?: unknown };
    if (type !== 'ack') return events.take(type, event);
    const { id, ok, data, ...ack } = event as { id?: unknown; ok: boolean; data?: object };
    acknowledged.get(id)?.({ ok, ...data, ...ack } as Ack);
    acknowledged.delete(id);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        reject(Object.assign(new Error(text), { status: response.statusCode, body: JSON.parse(text) as unknown }));
      });
    });
    socket.once('error', reject);
  });
  let ids = 0;
  const ask = (name: string, message: object = {}) => {
    ids += 1;
    const id = ids;
    return new Promise<Ack>((resolve, reject) => {
      acknowledged.set(id, resolve);
      void closed.then(() => reject(new Error('The connection ended before the acknowledgement')));
      socket.send(JSON.stringify({ type: name, id, data: message }));
    });
  };
  const client = {
    socket,
    ask,
    next: (name: string, fits?: (event: any) => boolean) => events.next(name, fits),
    seen: (name: string) => events.seen(name),
    all: () => events.all(),
    closed,
    close: () => socket.close(),
  };
  if (auth) {
    await events.next('welcome');
    const ack = await ask('auth', auth);
    if (!ack.ok) throw Object.assign(new Error(ack.error.message), { data: ack.error });
  }
  return client;
}

/** Every way to connect, by name. */
export const ways: Record<string, (url: string, how?: Connecting) => Promise<TestSocket>> = {
  'Socket.IO over a WebSocket': (url, how) => connectSocketIo(url, 'websocket', how),
  'Socket.IO over polling': (url, how) => connectSocketIo(url, 'polling', how),
  'a plain WebSocket': connectPlain,
};
