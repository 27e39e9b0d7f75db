import type { IncomingMessage } from 'node:http';
import type { Socket as Connection } from 'engine.io';
import type { Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import type { RealtimeEvents } from '#libs/kit';
import { LAST_FRAMES_MS, type Line } from './line.js';

/** What waits in engine.io until its transport takes more. */
interface QueuedPacket {
  readonly data?: unknown;
}

/** A connection of Socket.IO, over polling or a WebSocket. */
export class SocketIoLine implements Line {
  readonly kind = 'socketio';
  readonly id: string;
  readonly request: IncomingMessage;
  private readonly connection: Connection;
  private queuedBytes = 0;

  constructor(private readonly socket: Socket) {
    this.id = socket.id;
    this.request = socket.request;
    this.connection = socket.conn;
    this.connection.on('packetCreate', (packet: QueuedPacket) => (this.queuedBytes += sizeOf(packet)));
    this.connection.on('flush', (packets: QueuedPacket[]) => {
      for (const packet of packets) this.queuedBytes -= sizeOf(packet);
    });
  }

  get pendingBytes(): number {
    return Math.max(0, this.queuedBytes) + (this.webSocket?.bufferedAmount ?? 0);
  }

  send<E extends keyof RealtimeEvents>(name: E, event: RealtimeEvents[E]): void {
    this.socket.emit(name, event);
  }

  close(): void {
    this.socket.disconnect(true);
    setTimeout(() => this.cut(), LAST_FRAMES_MS).unref();
  }

  cut(): void {
    this.connection.close(true);
    this.webSocket?.terminate();
  }

  private get webSocket(): WebSocket | undefined {
    return (this.connection.transport as { socket?: WebSocket }).socket;
  }
}

function sizeOf({ data }: QueuedPacket): number {
  return typeof data === 'string' ? data.length : 0;
}
