import type { IncomingMessage } from 'node:http';
import type { RealtimeEvents } from '#libs/kit';

/** The largest frame that a client may send. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** How often a client is asked whether it is still there, and how long it may take to answer. */
export const HEARTBEAT_MS = 25_000;
export const ANSWER_MS = 20_000;
/** What a client is given to take its last frames before its connection is torn down. */
export const LAST_FRAMES_MS = 500;

/** One client's connection, whichever way it came. */
export interface Line {
  readonly id: string;
  readonly kind: 'socketio' | 'websocket';
  /** The one by which the connection was made. */
  readonly request: IncomingMessage;
  /** Bytes that were sent and that the client's side has not taken. */
  readonly pendingBytes: number;
  send<E extends keyof RealtimeEvents>(name: E, event: RealtimeEvents[E]): void;
  /** Closes when the last frames are out, or a moment later. `code` is one of WebSocket's. */
  close(code: number): void;
  /** Tears the connection down at once. */
  cut(): void;
}
