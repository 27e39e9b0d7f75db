import type { OutgoingHttpHeaders } from 'node:http';
import type { Caller, HttpRequest, HttpResponse } from '#libs/kit';
import type { CallLimits } from '../../throttling/call-limits.js';
import { notAcceptable } from './mcp-refusal.js';
import type { EventStream } from './event-stream.js';

/** Which kinds of answer a client takes. */
export interface Accepted {
  json: boolean;
  events: boolean;
}

const plain: Accepted = { json: true, events: false };
const both: Accepted = { json: true, events: true };
const onlyEvents: Accepted = { json: false, events: true };

export function acceptedBy({ headers: { accept = '*/*' } }: HttpRequest): Accepted {
  const json = accept.includes('application/json') || accept.includes('application/*') || accept.includes('*/*');
  const events = accept.includes('text/event-stream');
  if (json) return events ? both : plain;
  if (events) return onlyEvents;
  throw notAcceptable('Accept must allow application/json and text/event-stream');
}

/** Where the stream comes from that an answer becomes. */
export interface StreamSource {
  /** Made when it is needed: most answers are no stream. */
  newStream(): EventStream;
  /** That a stream was never opened: there is nothing to come back to. */
  dropStream(stream: EventStream): void;
  /** Whether a stream begins with an event that only gives the client a place to come back to. */
  readonly primesStreams: boolean;
}

export interface AnswerOptions {
  readonly response: HttpResponse;
  readonly headers: OutgoingHttpHeaders;
  readonly accepted: Accepted;
  /** Whose limits the answer tells of, as they are when it leaves. */
  readonly caller: Caller;
  readonly streams: StreamSource;
  /** How many requests are to be answered. */
  readonly count: number;
  readonly batch: boolean;
}

/**
 * The answer to one POST: plain JSON where everything is ready soon and nothing is told before, else a stream of events.
 */
export class PostAnswer {
  /** Among those that are on their way, while it is one. */
  place: number | undefined = undefined;
  private readonly ready: string[] = [];
  private made: EventStream | undefined;
  private left: number;
  private streaming = false;
  private hasPlace = false;

  constructor(
    private readonly options: AnswerOptions,
    private readonly limits: CallLimits,
    /** By the count of whoever looks after answers: when this one is to become a stream. */
    readonly streamsAt: number,
    private readonly onEnd: (answer: PostAnswer) => void,
  ) {
    this.left = options.count;
    if (!options.accepted.json) this.openStream();
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
  add(json: string, status = 200, more?: OutgoingHttpHeaders): void {
    this.left -= 1;
    if (this.streaming) this.ensureStream().send(json);
    else this.ready.push(json);
    if (this.left > 0) return;
    this.onEnd(this);
    if (this.streaming) this.ensureStream().end();
    else if (this.options.batch) this.send(200, `[${this.ready.join(',')}]`);
    else this.send(status, json, more);
    if (this.made?.hasEnded === false) this.options.streams.dropStream(this.made);
  }

  /** Becomes a stream, where its client takes one and nothing is sent yet. */
  openStream(): void {
    const { response, headers, accepted, streams } = this.options;
    if (!accepted.events || this.streaming || response.headersSent || response.destroyed) return;
    this.streaming = true;
    const stream = this.ensureStream();
    stream.connect(response, Object.assign(headers, this.limitsTold()), { prime: streams.primesStreams });
    this.hasPlace = streams.primesStreams;
    for (const json of this.ready) stream.send(json);
  }

  private send(status: number, json: string, more?: OutgoingHttpHeaders): void {
    const { response, headers } = this.options;
    sendJson(response, status, json, Object.assign(headers, this.limitsTold(), more));
  }

  private limitsTold(): Record<string, string> {
    return this.limits.headersFor(this.options.caller);
  }

  private ensureStream(): EventStream {
    return (this.made ??= this.options.streams.newStream());
  }
}

export function sendJson(response: HttpResponse, status: number, json: string, headers: OutgoingHttpHeaders): void {
  if (response.destroyed) return;
  headers['content-type'] = 'application/json; charset=utf-8';
  headers['content-length'] = Buffer.byteLength(json);
  response.writeHead(status, headers);
  response.end(json);
}
