import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AnswerPace } from './answer-pace.js';

/** What is known of a connection since it was last looked at. */
interface Connection {
  /** The newest request, until it is answered. */
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
  /** When the request began that is being sent; times are by `performance.now()`. */
  begunAt: number | undefined;
  /** Bytes that had come when the last request was over. */
  read: number;
  readonly pace: AnswerPace;
  readonly forget: () => void;
}

const LOOK_EVERY_MS = 1_000;
const TOO_LATE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/**
 * Closes connections whose clients dawdle: with the headers (`headersTimeout` of the server), with a whole request
 * (`requestTimeout`), or with taking an answer. Node looks after the first two itself, but keeps connections ordered by a
 * time that changes when requests are pipelined, and then finds others too late, or never. All are looked at once a
 * second: a timer for each request would show in a profile.
 */
export class ConnectionLimits {
  private readonly connections = new Map<Socket, Connection>();

  /** @param opening the server's event for a connection over which requests come from then on */
  constructor(
    private readonly server: Server,
    opening = 'connection',
  ) {
    server.on(opening, (socket: Socket) => this.add(socket));
    server.on('request', (request, response) => this.begin(request, response));
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    server.once('close', () => {
      clearInterval(timer);
    });
  }

  /** For a connection that speaks another protocol from now on. */
  letGo(socket: Socket): void {
    const connection = this.connections.get(socket);
    if (!connection) return;
    // it may be given back, and is then added anew
    socket.off('close', connection.forget);
    this.connections.delete(socket);
  }

  private add(socket: Socket): void {
    const now = performance.now();
    const { bytesRead: read } = socket;
    const forget = () => void this.connections.delete(socket);
    // a new connection has its headers to send at once
    const connection = { request: undefined, response: undefined, begunAt: now, read, pace: new AnswerPace(), forget };
    this.connections.set(socket, connection);
    socket.once('close', forget);
  }

  /** On the way of each request: it only notes. */
  private begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.connections.get(request.socket);
    if (!connection) return;
    // what was noted for the request before says nothing of this one
    if (connection.request) connection.begunAt = undefined;
    connection.request = request;
    connection.response = response;
  }

  private look(): void {
    const now = performance.now();
    for (const [socket, connection] of this.connections) {
      if (!this.isLate(socket, connection, now)) continue;
      if (socket.writableLength === 0 && !connection.response?.headersSent) socket.write(TOO_LATE);
      socket.destroy();
    }
  }

  private isLate(socket: Socket, connection: Connection, now: number): boolean {
    return connection.pace.isTooSlow(socket, now) || this.sendsTooSlowly(socket, connection, now);
  }

  private sendsTooSlowly({ bytesRead }: Socket, connection: Connection, now: number): boolean {
    const { request, response } = connection;
    if (request && !request.complete) {
      connection.begunAt ??= now;
      return now - connection.begunAt > this.server.requestTimeout;
    }
    if (request) {
      connection.begunAt = undefined;
      connection.read = bytesRead;
      // a large request must not be kept for as long as its connection
      if (response?.writableFinished) connection.request = connection.response = undefined;
      return false;
    }
    // between requests a client may be silent: `keepAliveTimeout` is for that
    if (bytesRead !== connection.read) connection.begunAt ??= now;
    return connection.begunAt !== undefined && now - connection.begunAt > this.server.headersTimeout;
  }
}
