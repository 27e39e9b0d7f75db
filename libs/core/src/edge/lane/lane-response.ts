import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { HttpResponse } from '#libs/kit';
import { headEnd, headerLine, statusLine } from './head-text.js';
import type { LaneRequest } from './lane-request.js';

/** What an answer needs of its connection. */
export interface AnswerLine {
  /** What every answer says of the connection that it comes over. */
  readonly connectionHeaders: string;
  /** Whether every answer is the last one of its connection. */
  readonly isClosing: boolean;
  /** The answer is over: the next request may be read. */
  answered(closes: boolean): void;
}

/**
 * The answer to a request of the lane. One that is sent at once, whole and plain, is one write to the socket; any other is
 * node's own from its head on.
 */
export class LaneResponse implements HttpResponse {
  statusCode = 200;
  destroyed = false;
  writableEnded = false;
  writableFinished = false;
  private headers: OutgoingHttpHeaders = {};
  private hasHead = false;
  private streamed: ServerResponse | undefined;
  /** One or two, for every answer: an emitter of events would cost as much as writing the head. */
  private toTell: (() => void)[] | undefined;

  constructor(
    readonly req: LaneRequest,
    private readonly line: AnswerLine,
  ) {}

  get headersSent(): boolean {
    return this.hasHead;
  }

  get writableLength(): number {
    return this.streamed?.writableLength ?? 0;
  }

  getHeader(name: string) {
    return this.headers[name];
  }

  setHeader(name: string, value: string): this {
    this.headers[name] = value;
    return this;
  }

  writeHead(status: number, headers: OutgoingHttpHeaders): this {
    this.statusCode = status;
    this.headers = Object.assign(headers, this.headers);
    this.hasHead = true;
    return this;
  }

  flushHeaders(): void {
    this.asStream().flushHeaders();
  }

  write(text: string): boolean {
    return this.asStream().write(text);
  }

  end(text?: string): this {
    if (this.writableEnded || this.destroyed) return this;
    this.writableEnded = true;
    const head = this.streamed ? undefined : this.plainHead();
    if (head === undefined || text === undefined) {
      this.asStream().end(text);
      return this;
    }
    // text of ASCII alone is the same bytes either way, and as Latin-1 it is written without a look at each character
    this.req.socket.write(head + text, this.headers['content-length'] === text.length ? 'latin1' : 'utf8');
    this.finish(this.headers.connection === 'close' || this.line.isClosing);
    return this;
  }

  destroy(): this {
    this.req.socket.destroy();
    return this;
  }

  once(_event: 'close', listener: () => void): this {
    // a client may have left before its request was looked at
    if (this.destroyed) process.nextTick(listener);
    else (this.toTell ??= []).push(listener);
    return this;
  }

  off(_event: 'close', listener: () => void): this {
    this.toTell = this.toTell?.filter((each) => each !== listener);
    return this;
  }

  /** The connection is gone. */
  closed(): void {
    if (this.writableFinished) return;
    this.destroyed = true;
    this.tellClosed();
  }

  private finish(closes: boolean): void {
    this.writableFinished = true;
    this.line.answered(closes);
    this.tellClosed();
  }

  private tellClosed(): void {
    const { toTell } = this;
    this.toTell = undefined;
    if (toTell) for (const listener of toTell) listener();
  }

  /** Undefined for a head that has to be looked at more closely, or that says nothing of the length. */
  private plainHead(): string | undefined {
    const { headers, statusCode } = this;
    if (headers['content-length'] === undefined) return undefined;
    let head = statusLine(statusCode);
    let place = 0;
    for (const name in headers) {
      const line = headerLine(place, name, headers[name]);
      if (line === undefined) return undefined;
      head += line;
      place += 1;
    }
    return head + headEnd(headers.connection === undefined ? this.line.connectionHeaders : '');
  }

  private asStream(): ServerResponse {
    if (this.streamed) return this.streamed;
    const { socket } = this.req;
    // of its request it asks for no more than the method
    const response = new ServerResponse(this.req as unknown as IncomingMessage);
    response.shouldKeepAlive = this.headers.connection !== 'close' && !this.line.isClosing;
    this.writeHeadOf(response);
    response.assignSocket(socket);
    response.once('finish', () => {
      response.detachSocket(socket);
      this.writableEnded = true;
      this.finish(!response.shouldKeepAlive);
    });
    return (this.streamed = response);
  }

  /** A head that node refuses was not sent: whoever wrote it may answer with another. */
  private writeHeadOf(response: ServerResponse): void {
    try {
      response.writeHead(this.statusCode, this.headers);
      this.hasHead = true;
    } catch (error) {
      this.hasHead = this.writableEnded = false;
      this.headers = {};
      throw error;
    }
  }
}
