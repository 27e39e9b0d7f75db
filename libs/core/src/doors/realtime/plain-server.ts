import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Caller } from '#libs/kit';
import { parseJson } from '../../edge/json-body.js';
import { invalidRequest } from '../../errors/protocol-error.js';
import { Client } from './client.js';
import { Clients } from './clients.js';
import { Conversation } from './conversation.js';
import { frameOf } from './frame.js';
import { Introduction } from './introduction.js';
import { HEARTBEAT_MS, MAX_FRAME_BYTES } from './line.js';
import { PlainLine } from './plain-line.js';

/** Plain WebSockets at `/ws`. */
@Injectable()
export class PlainServer implements OnApplicationShutdown {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  private readonly silent = new WeakSet<WebSocket>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clients: Clients,
    private readonly introduction: Introduction,
    private readonly conversation: Conversation,
  ) {}

  get size(): number {
    return this.server.clients.size;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller | undefined): void {
    this.server.handleUpgrade(request, socket, head, (opened) => this.connected(opened, request, caller));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private connected(socket: WebSocket, request: IncomingMessage, caller: Caller | undefined): void {
    const line = new PlainLine(socket, request);
    const client = new Client(line, caller);
    socket.on('message', (data, isBinary) => void this.received(client, line, data, isBinary));
    socket.on('close', () => this.clients.remove(client));
    socket.on('error', () => undefined); // a frame that breaks the protocol: ws closes with the code for it
    socket.on('pong', () => this.silent.delete(socket));
    this.timer ??= setInterval(() => this.beat(), HEARTBEAT_MS).unref();
    this.clients.add(client);
    this.introduction.welcome(client);
  }

  private async received(client: Client, line: PlainLine, data: RawData, isBinary: boolean): Promise<void> {
    if (client.isOver) return;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw invalidRequest('Frames are text: JSON objects with a type');
      const { name, id, payload } = frameOf(parseJson(data));
      const answer = await this.conversation.answer(client, name, [payload]);
      client.tell(() => line.acknowledge(id, answer));
    } catch (cause) {
      this.conversation.refuse(client, cause);
    }
  }

  /** Who has not answered the last beat is gone. */
  private beat(): void {
    for (const socket of this.server.clients) {
      if (this.silent.has(socket)) socket.terminate();
      this.silent.add(socket);
      socket.ping();
    }
  }
}
