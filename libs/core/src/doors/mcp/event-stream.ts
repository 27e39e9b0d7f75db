import type { OutgoingHttpHeaders } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '#libs/kit';
import type { EventPlace, KeptEvents, SessionEvent } from './session-store.js';
import { eventId, type StreamLog } from './stream-log.js';

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
  private response: HttpResponse | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  private ended = false;
  /** Whether a client may come back to it, here or elsewhere. */
  private hasEvents = false;
  /** The number of its last event, as far as it is known here. */
  private last = 0;
  /** Whether another process writes it, and so knows which is its last. */
  private isElsewhere = false;
  /** What is sent while it is looked up what a client has missed. */
  private held: SessionEvent[] | undefined;

  constructor(
    private readonly log?: StreamLog,
    readonly id: string = randomUUID(),
  ) {}

  get isConnected(): boolean {
    return this.response !== undefined;
  }

  /** Whether its events have ids that a client can come back with. */
  get isResumable(): boolean {
    return this.log !== undefined;
  }

  /** Whether a client reads it, or may come back for what is sent now. */
  get isAwaited(): boolean {
    return !this.ended && (this.isConnected || this.hasEvents);
  }

  /** Whether a place is that of its last event, after which nothing can be missing. */
  endsAt({ number }: EventPlace): boolean {
    return !this.isElsewhere && number === this.last;
  }

  /** Whether what came after a place, as it was kept, is all that was sent after it. */
  isWhole(kept: KeptEvents, { number }: EventPlace): boolean {
    return this.isElsewhere || (kept.events.at(-1)?.number ?? number) >= this.last;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /**
   * Writes to this response from now on. `prime` sends an event without data first, whose id the client can come back with
   * (2025-11-25).
   */
  connect(response: HttpResponse, headers: OutgoingHttpHeaders, { prime = false } = {}): void {
    if (!this.begin(response, headers)) return;
    const place = prime ? this.append('') : undefined;
    if (place) this.write(`id: ${eventId(place)}\nretry: ${RETRY_MS}\ndata: \n\n`);
    if (this.ended) this.disconnect();
  }

  /** Writes to this response what came after the place from which its client comes back, and whatever comes from now on. */
  async resume(response: HttpResponse, headers: OutgoingHttpHeaders, from: EventPlace): Promise<void> {
    if (!this.begin(response, headers)) return;
    const held: SessionEvent[] = (this.held = []);
    this.hasEvents = true;
    try {
      const missed = (await this.log?.after(from))?.events ?? [];
      if (this.held !== held) return;
      this.held = undefined;
      const last = missed.at(-1)?.number ?? from.number;
      this.last = Math.max(this.last, last);
      const rest = held.filter(({ number }) => number > last);
      const texts = [...missed, ...rest].flatMap((event) => (event.data === '' ? [] : eventText(event.data, event)));
      if (texts.length > 0) this.write(texts.join(''));
      if (this.ended) this.disconnect();
    } catch {
      // it comes back once more
      if (this.held === held) this.disconnect();
    }
  }

  /** Sends a message, or keeps it for the client that comes back. */
  send(json: string): void {
    const event = this.append(json);
    if (event && this.held) this.held.push(event);
    else this.write(eventText(json, event));
  }

  /** Sends what another process has written into the stream. */
  pass(event: SessionEvent): void {
    if (event.data !== '') this.write(eventText(event.data, event));
  }

  end(): void {
    if (this.hasEvents && !this.ended) this.append('', true);
    this.ended = true;
    if (!this.held) this.disconnect();
  }

  /** Ends the response and leaves the stream to be resumed. */
  disconnect(): void {
    this.response?.end();
    this.forget();
  }

  /** Leaves it to another process, at which its client reads it from now on. */
  handOver(): void {
    this.hasEvents = false;
    this.isElsewhere = true;
    this.disconnect();
  }

  private append(data: string, isLast = false): SessionEvent | undefined {
    const event = this.log?.append(this.id, data, this.last, isLast);
    this.hasEvents = true;
    if (event) this.last = event.number;
    return event;
  }

  /** False for a client that has left already: it closes no second time. */
  private begin(response: HttpResponse, headers: OutgoingHttpHeaders): boolean {
    this.disconnect();
    if (response.destroyed) return false;
    this.response = response;
    this.isElsewhere = false;
    response.writeHead(200, { ...headers, ...streamHeaders });
    response.flushHeaders();
    response.once('close', () => {
      if (this.response === response) this.forget();
    });
    this.keepAlive = setInterval(() => this.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
    return true;
  }

  private forget(): void {
    clearInterval(this.keepAlive);
    this.response = undefined;
    this.held = undefined;
  }

  private write(text: string): void {
    if (!this.response || this.response.destroyed) return;
    // what is written now counts at the next write: one large message says nothing of how the client reads
    if (this.response.writableLength > MAX_UNREAD_BYTES) this.response.destroy();
    else this.response.write(text);
  }
}

function eventText(json: string, place: EventPlace | undefined): string {
  const id = place === undefined ? '' : `id: ${eventId(place)}\n`;
  return `event: message\n${id}data: ${json}\n\n`;
}
