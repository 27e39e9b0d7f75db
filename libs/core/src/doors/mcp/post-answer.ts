import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpRequest, HttpResponse } from '#libs/kit';
import { notAcceptable } from './mcp-refusal.js';
import type { EventStream } from './event-stream.js';

/** A call that takes longer is answered by a stream, which shows the client and the proxies between that it goes on. */
const STREAM_AFTER_MS = 1_000;

/** Which kinds of answer a client takes. */
export interface Accepted {
  json: boolean;
  events: boolean;
}

export function acceptedBy({ headers }: HttpRequest): Accepted {
  const { accept = '*/*' } = headers;
  const takes = (type: string, range: string) =>
    accept.includes(type) || accept.includes(range) || accept.includes('*/*');
  const accepted = { json: takes('application/json', 'application/*'), events: accept.includes('text/event-stream') };
  if (!accepted.json && !accepted.events) {
    throw notAcceptable('Accept must allow application/json and text/event-stream');
  }
  return accepted;
}

interface AnswerOptions {
  accepted: Accepted;
  headers: OutgoingHttpHeaders;
  /** What the answer says of its caller's limits, read when it leaves. */
  limits: () => Record<string, string>;
  /** Made when it is needed: most answers are no stream. */
  newStream: () => EventStream;
  /** How many requests are to be answered. */
  count: number;
  batch: boolean;
  /** Whether a stream begins with an event that only gives the client a place to come back to. */
  primed: boolean;
}

/**
 * The answer to one POST: plain JSON where everything is ready soon and nothing is told before, else a stream of events.
 */
export class PostAnswer {
  private readonly ready: string[] = [];
  private readonly timer: NodeJS.Timeout | undefined;
  private made: EventStream | undefined;
  private left: number;
  private streaming = false;
  private hasPlace = false;

  constructor(
    private readonly response: HttpResponse,
    private readonly options: AnswerOptions,
  ) {
    this.left = options.count;
    if (!options.accepted.json) this.openStream();
    else if (options.accepted.events) this.timer = setTimeout(() => this.openStream(), STREAM_AFTER_MS).unref();
  }

  /** The stream, where there is one. */
  get stream(): EventStream | undefined {
    return this.made;
  }

  /** Whether the client may come back for what it has not got yet. */
  get canBeResumed(): boolean {
    return this.streaming && this.hasPlace;
  }

  /** Sends a notification, or a request of ours, before the answers. False where the client takes no stream. */
  tell(json: string): boolean {
    if (!this.options.accepted.events) return false;
    this.openStream();
    const stream = this.ensureStream();
    stream.send(json);
    this.hasPlace = stream.isResumable;
    return true;
  }

  /** Adds the answer to one request; the last one ends the whole. */
  add(json: string, status = 200, more: OutgoingHttpHeaders = {}): void {
    this.left -= 1;
    if (this.streaming) this.ensureStream().send(json);
    else this.ready.push(json);
    if (this.left > 0) return;
    clearTimeout(this.timer);
    if (this.streaming) this.ensureStream().end();
    else
      sendJson(
        this.response,
        this.options.batch ? 200 : status,
        this.options.batch ? `[${this.ready.join(',')}]` : (this.ready[0] ?? ''),
        Object.assign(this.options.headers, this.options.limits(), this.options.batch ? {} : more),
      );
  }

  private openStream(): void {
    if (this.streaming || this.response.headersSent || this.response.destroyed) return;
    clearTimeout(this.timer);
    this.streaming = true;
    const { headers, limits, primed } = this.options;
    const stream = this.ensureStream();
    stream.connect(this.response, Object.assign(headers, limits()), { prime: primed });
    this.hasPlace = primed;
    for (const json of this.ready) stream.send(json);
  }

  private ensureStream(): EventStream {
    return (this.made ??= this.options.newStream());
  }
}

export function sendJson(response: HttpResponse, status: number, json: string, headers: OutgoingHttpHeaders): void {
  if (response.destroyed) return;
  headers['content-type'] = 'application/json; charset=utf-8';
  headers['content-length'] = Buffer.byteLength(json);
  response.writeHead(status, headers);
  response.end(json);
}
