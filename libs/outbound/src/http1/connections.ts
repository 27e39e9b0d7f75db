import { AsyncResource } from 'node:async_hooks';
import type { OnReadOpts, Socket } from 'node:net';
import { errors, type buildConnector } from 'undici';
import { afterReading } from '#libs/kit';
import type { AnswerHandler, AnswerSource } from '../exchange.js';
import { hostOf } from '../web-url.js';
import { Connection } from './connection.js';
import { LastHead } from './head-reader.js';
import { written, type OutgoingRequest } from './outgoing-request.js';

const atRoot = new AsyncResource('Connections');
const connectionOf = new WeakMap<Socket, Connection>();

/**
 * How sockets are read: all of them into one buffer, since what comes is taken before the next one is read. A socket of its
 * own buffers allocates 64 KiB for each answer.
 */
export const reading: OnReadOpts = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback(this: unknown, length: number, buffer: Uint8Array): boolean {
    const socket = this as Socket;
    const connection = connectionOf.get(socket);
    if (connection) connection.take((buffer as Buffer).subarray(0, length));
    else socket.destroy();
    return true;
  },
};

/** A request that has no connection yet. */
class Waiting implements AnswerSource {
  /** Whether a connection is begun for it. Another one may serve it sooner, and this one another request. */
  isConnecting = false;

  constructor(
    private readonly line: Waiting[],
    readonly request: string | Buffer,
    readonly handler: AnswerHandler,
  ) {}

  abort(reason: Error): void {
    const place = this.line.indexOf(this);
    if (place === -1) return;
    this.line.splice(place, 1);
    this.handler.onResponseError(this, reason);
  }

  pause(): void {
    // nothing comes yet
  }

  resume(): void {
    // nothing was held back
  }
}

/** The connections of HTTP/1.1 to one origin. Each carries one request at a time, and is kept for the next one. */
export class Connections {
  /** The longest unused first. */
  private readonly idle: Connection[] = [];
  private readonly open = new Set<Connection>();
  private readonly waiting: Waiting[] = [];
  private readonly lastHead = new LastHead();
  private connecting = 0;
  private isFlushing = false;
  private isClosed = false;

  constructor(
    private readonly url: URL,
    private readonly connect: buildConnector.connector,
    private readonly maxConnections: number,
  ) {}

  /** Sends a request as soon as there is a connection. All that becomes of it, the handler is told. */
  dispatch(request: OutgoingRequest, handler: AnswerHandler): void {
    let waiting: Waiting;
    try {
      if (this.isClosed) throw new errors.ClientDestroyedError();
      waiting = new Waiting(this.waiting, written(this.url.host, request), handler);
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
      return;
    }
    this.waiting.push(waiting);
    handler.onRequestStart(waiting);
    this.flushSoon();
  }

  /** Closes what is idle for too long. */
  sweep(): void {
    const now = performance.now();
    for (const connection of this.idle.filter((one) => !one.isUsable(now))) connection.destroy();
  }

  destroy(): void {
    this.isClosed = true;
    for (const waiting of [...this.waiting]) waiting.abort(new errors.ClientDestroyedError());
    for (const connection of this.open) connection.destroy();
  }

  free(connection: Connection): void {
    this.idle.push(connection);
    if (this.waiting.length > 0) this.flushSoon();
  }

  gone(connection: Connection): void {
    this.open.delete(connection);
    const place = this.idle.indexOf(connection);
    if (place !== -1) this.idle.splice(place, 1);
    if (this.waiting.length > 0) this.flushSoon();
  }

  /** Nothing is written before what has come was read: the server may just have closed an idle connection. */
  private flushSoon(): void {
    if (this.isFlushing) return;
    this.isFlushing = true;
    afterReading(this.flushNow);
  }

  private readonly flushNow = (): void => {
    this.isFlushing = false;
    this.flush();
  };

  private flush(): void {
    while (this.waiting.length > 0) {
      const connection = this.usable();
      if (!connection) break;
      this.give(connection);
    }
    for (const waiting of this.waiting) {
      const isFull = this.open.size + this.connecting >= this.maxConnections;
      if (isFull || this.connecting >= this.waiting.length) break;
      if (!waiting.isConnecting) this.openFor(waiting);
    }
  }

  private give(connection: Connection): void {
    const next = this.waiting.shift();
    if (next) connection.send(next.request, next.handler);
    else this.idle.push(connection);
  }

  /** The one that was used last is the least likely to be closed just now. */
  private usable(): Connection | undefined {
    const now = performance.now();
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isUsable(now)) return connection;
      connection.destroy();
    }
    return undefined;
  }

  private openFor(waiting: Waiting): void {
    const { host, protocol, port } = this.url;
    this.connecting += 1;
    waiting.isConnecting = true;
    // what comes over it later is no part of the trace of the call that has it opened
    atRoot.runInAsyncScope(() => {
      this.connect({ hostname: hostOf(this.url), host, protocol, port }, (error, socket) => {
        this.connecting -= 1;
        // where it still waits then, the connection served one before it, whose own may never come: it is due another
        waiting.isConnecting = false;
        if (socket) this.opened(socket);
        else waiting.abort(error);
        if (this.waiting.length > 0) this.flushSoon();
      });
    });
  }

  private opened(socket: Socket): void {
    if (this.isClosed) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.lastHead, this);
    connectionOf.set(socket, connection);
    this.open.add(connection);
    this.give(connection);
  }
}
