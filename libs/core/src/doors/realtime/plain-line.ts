import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { RealtimeAck, RealtimeEvents } from '#libs/kit';
import { LAST_FRAMES_MS, type Line } from './line.js';

/** A plain WebSocket: each frame is a JSON object whose `type` says what it is. */
export class PlainLine implements Line {
  readonly kind = 'websocket';
  readonly id = randomUUID();

  constructor(
    private readonly socket: WebSocket,
    readonly request: IncomingMessage,
  ) {}

  get pendingBytes(): number {
    return this.socket.bufferedAmount;
  }

  send<E extends keyof RealtimeEvents>(name: E, event: RealtimeEvents[E]): void {
    this.write({ ...event, type: name });
  }

  /** An answer with an `id` of its own stands in `data`, as such a message may. */
  acknowledge(id: unknown, { ok, ...answer }: RealtimeAck): void {
    const told = 'id' in answer ? { data: answer } : answer;
    this.write({ type: 'ack', ...(id !== undefined && { id }), ok, ...told });
  }

  close(code: number): void {
    this.socket.close(code);
    setTimeout(() => this.cut(), LAST_FRAMES_MS).unref();
  }

  cut(): void {
    this.socket.terminate();
  }

  private write(frame: object): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(frame));
  }
}
