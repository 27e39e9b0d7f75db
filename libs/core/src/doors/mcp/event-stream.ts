import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { EventLog, EventPlace } from './event-log.js';

/** Keeps proxies from closing a stream on which nothing happens. */
const KEEP_ALIVE_MS = 15_000;
/** What a client that lost its connection waits before it comes back. */
const RETRY_MS = 1_000;
/** A client that reads this much too slowly is cut off. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * A stream of server-sent events. With a log its events have ids, and it outlives its connection: a client that comes
 * back names the last event that it has seen.
 */
export class EventStream {
  readonly id = randomUUID();
  private response: ServerResponse | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(private readonly log?: EventLog) {}

  get isConnected(): boolean {
    return this.response !== undefined;
  }

  /** Whether its events have ids that a client can come back with. */
  get isResumable(): boolean {
    return this.log !== undefined;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /**
   * Writes to this response from now on. `prime` sends an event without data first, whose id the client can come back
   * with (2025-11-25); `from` is the place from which a client resumes.
   */
  connect(response: ServerResponse, headers: OutgoingHttpHeaders, { prime = false, from }: ConnectOptions = {}): void {
    this.disconnect();
    // a client that has left closes no second time
    if (response.destroyed) return;
    this.response = response;
    response.writeHead(200, { ...headers, ...streamHeaders });
    response.flushHeaders();
    response.once('close', () => {
      if (this.response === response) this.forget();
    });
    this.keepAlive = setInterval(() => this.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
    if (prime && this.log) this.write(`id: ${this.log.append(this.id, '')}\nretry: ${RETRY_MS}\ndata: \n\n`);
    if (from && this.log)
      this.write(this.log.after(from).reduce((text, { id, data }) => text + eventText(data, id), ''));
    if (this.ended) this.disconnect();
  }

  /** Sends a message, or keeps it for the client that comes back. */
  send(json: string): void {
    this.write(eventText(json, this.log?.append(this.id, json)));
  }

  end(): void {
    this.ended = true;
    this.disconnect();
  }

  /** Ends the response and leaves the stream to be resumed. */
  disconnect(): void {
    this.response?.end();
    this.forget();
  }

  private forget(): void {
    clearInterval(this.keepAlive);
    this.response = undefined;
  }

  private write(text: string): void {
    if (!this.response || this.response.destroyed) return;
    // what is written now counts at the next write: one large message says nothing of how the client reads
    if (this.response.writableLength > MAX_UNREAD_BYTES) this.response.destroy();
    else this.response.write(text);
  }
}

interface ConnectOptions {
  prime?: boolean;
  from?: EventPlace;
}

function eventText(json: string, id: string | undefined): string {
  const place = id === undefined ? '' : `id: ${id}\n`;
  return `event: message\n${place}data: ${json}\n\n`;
}
