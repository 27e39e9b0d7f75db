import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { ProtocolError } from '../../errors/protocol-error.js';
import { Clients } from './clients.js';
import { EventDelivery } from './event-delivery.js';
import { PlainServer } from './plain-server.js';
import { RealtimeSettings } from './realtime.settings.js';
import { sessionOf } from './session-of.js';
import { SocketAccess } from './socket-access.js';
import { SocketIoServer } from './socket-io-server.js';

const PLAIN = '/ws';
const RETRY_MS = 5_000;

/** The end of a connection that asks to become a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What came after the request. */
  readonly head: Buffer;
}

/** Socket.IO and plain WebSockets, with one set of messages behind both. */
@Injectable()
export class RealtimeDoor {
  private static readonly paths: ReadonlySet<string> = new Set(['/socket.io', '/socket.io/', PLAIN]);

  private closing = false;

  constructor(
    private readonly socketIo: SocketIoServer,
    private readonly plain: PlainServer,
    private readonly clients: Clients,
    private readonly access: SocketAccess,
    private readonly settings: RealtimeSettings,
    _delivery: EventDelivery,
  ) {}

  static serves(path: string): boolean {
    return RealtimeDoor.paths.has(path);
  }

  /** Takes a request that has passed the edge's rules. Rejects one that may not connect. */
  async take(request: IncomingMessage, response: ServerResponse, path: string, upgrade?: Upgrade): Promise<void> {
    if (path === PLAIN && !upgrade) {
      throw new ProtocolError('invalid', 'Connect to /ws as a WebSocket', 426, -32600);
    }
    const sessionId = path === PLAIN ? undefined : sessionOf(request.url ?? '');
    if (sessionId !== undefined) this.socketIo.requireSameClient(sessionId, request);
    else this.requireRoom();
    const caller = await this.access.identify(request);
    if (sessionId === undefined) this.requireRoom(); // others may have taken it meanwhile
    if (!upgrade) {
      this.socketIo.handle(request, response);
      return;
    }
    response.detachSocket(upgrade.socket as never);
    if (path === PLAIN) this.plain.accept(request, upgrade.socket, upgrade.head, caller);
    else this.socketIo.upgrade(request, upgrade.socket, upgrade.head);
  }

  /** Takes no more connections; those that are open go on. */
  startClosing(): void {
    this.closing = true;
  }

  /** Tells all clients that the gateway stops, and closes their connections. */
  endAll(): void {
    this.clients.endAll(stopping());
  }

  private requireRoom(): void {
    if (this.closing) throw stopping();
    const { maxConnections } = this.settings;
    if (this.socketIo.size + this.plain.size < maxConnections) return;
    throw new OperationError('limited', `This gateway has the ${maxConnections} connections that it may; try later`, {
      retryAfterMs: RETRY_MS,
    });
  }
}

function stopping(): OperationError {
  const details = { retryable: true, retryAfterMs: RETRY_MS };
  return new OperationError('unavailable', 'This gateway is stopping; connect again', details);
}
