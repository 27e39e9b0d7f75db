import type { Socket } from 'node:net';
import { errors } from 'undici';
import type { AnswerHandler, AnswerSource } from '../exchange.js';
import { KEEP_ALIVE_MS, type AnswerHead } from './answer-head.js';
import { AnswerReader, type AnswerListener } from './answer-reader.js';
import type { LastHead } from './head-reader.js';

/** Where a connection tells what becomes of it. */
interface Owner {
  /** It may carry another request. */
  free(connection: Connection): void;
  gone(connection: Connection): void;
}

/** One socket to a server, which carries one request at a time. */
export class Connection implements AnswerSource, AnswerListener {
  /** By the clock of `performance.now()`. */
  private usableUntil = performance.now() + KEEP_ALIVE_MS;
  private readonly reader: AnswerReader;
  private handler: AnswerHandler | undefined;
  private paused = false;
  private hasEnded = false;
  private error: Error | undefined;

  constructor(
    private readonly socket: Socket,
    lastHead: LastHead,
    private readonly owner: Owner,
  ) {
    this.reader = new AnswerReader(lastHead, this);
    socket.on('error', (error) => (this.error = error));
    socket.once('end', () => (this.hasEnded = true));
    socket.once('close', () => this.closed());
  }

  /** Whether it may carry a request; its server has closed it, or is about to, where not. */
  isUsable(now: number): boolean {
    return now < this.usableUntil && this.socket.writable && !this.hasEnded;
  }

  send(request: string | Buffer, handler: AnswerHandler): void {
    this.handler = handler;
    this.reader.reset();
    handler.onRequestStart(this);
    // it may have been given up before
    if (this.handler) this.socket.write(request);
  }

  /** The bytes are the socket's again afterwards. */
  take(bytes: Buffer): void {
    // what nobody asked for would pass for the answer to the next request
    if (!this.handler) {
      this.socket.destroy();
      return;
    }
    try {
      this.reader.take(bytes);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  onHead({ status, headers }: AnswerHead): void {
    this.handler?.onResponseStart(this, status, headers);
  }

  onBody(part: Buffer): void {
    const { handler } = this;
    if (handler?.onLentData) handler.onLentData(this, part);
    else handler?.onResponseData(this, Buffer.from(part));
  }

  onEnd({ keptMs }: AnswerHead, isAlone: boolean): void {
    const { handler, socket } = this;
    if (!handler) return;
    this.handler = undefined;
    this.resume();
    // some servers answer before they have read all of a request
    if (keptMs > 0 && isAlone && socket.writableLength === 0 && !socket.destroyed) {
      this.usableUntil = performance.now() + keptMs;
      this.owner.free(this);
    } else {
      socket.destroy();
    }
    handler.onResponseEnd();
  }

  pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.socket.resume();
  }

  /** Ends the connection, and the request that it carries. */
  abort(reason: Error): void {
    const { handler } = this;
    this.handler = undefined;
    this.socket.destroy();
    handler?.onResponseError(this, reason);
  }

  destroy(): void {
    this.abort(new errors.ClientDestroyedError());
  }

  private closed(): void {
    this.owner.gone(this);
    if (this.handler && this.hasEnded && !this.error && this.reader.close()) return;
    this.abort(this.error ?? new errors.SocketError('other side closed'));
  }
}
