import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { OperationError } from '#libs/kit';
import { outboundError, tooLarge } from './outbound-errors.js';

/** What is read of an answer that nobody wants, so that its connection can be used again. */
const DISCARD_BYTES = 64 * 1024;
const DISCARD_MS = 500;
/** What of a body comes in before it is said how it is read. */
const HELD_BYTES = 64 * 1024;

/** Where an answer comes from, as far as whoever takes it can say how it goes on. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
  /** Ends the connection; `onResponseError` is called where the answer has not ended. */
  abort(reason: Error): void;
}

/** Takes one answer, as undici and `http1` tell it. */
export interface AnswerHandler {
  /** Before there is a connection, and when there is. */
  onRequestStart(source: AnswerSource): void;
  onResponseStart(source: AnswerSource, status: number, headers: IncomingHttpHeaders): void;
  onResponseData(source: AnswerSource, chunk: Buffer): void;
  /** The same with bytes that are the handler's only until it returns; who has it spares a copy. */
  onLentData?(source: AnswerSource, part: Buffer): void;
  onResponseEnd(): void;
  onResponseError(source: AnswerSource | undefined, error: Error): void;
}

/** One request to one origin and its answer: first the head, then the body as a whole or as a stream. */
export class Exchange implements AnswerHandler {
  status = 0;
  headers: IncomingHttpHeaders = {};
  /** Resolves when the head of the answer is there; rejects with what undici reported, or with the reason of `stop`. */
  readonly started: Promise<void>;
  private headCame!: () => void;
  private headFailed!: (error: unknown) => void;
  private bodyCame: (() => void) | undefined;
  private bodyFailed: ((error: OperationError) => void) | undefined;
  /** Until the answer has ended: afterwards its connection is another's. */
  private source: AnswerSource | undefined;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private maxBytes = Infinity;
  /** Whether it was said how the body is read. */
  private isWanted = false;
  private readable: Readable | undefined;
  private discarded: NodeJS.Timeout | undefined;
  private ended = false;
  private error: OperationError | undefined;

  /** `onEnd` is called once, when the connection is free or closed. */
  constructor(
    private readonly who: string,
    private readonly onEnd: () => void,
  ) {
    this.started = new Promise((resolve, reject) => {
      this.headCame = resolve;
      this.headFailed = reject;
    });
  }

  /** The whole body, as it comes over the wire. Rejects with an OperationError, past `maxBytes` with `failed`. */
  async body(maxBytes: number): Promise<Buffer> {
    this.take(maxBytes);
    if (!this.ended) {
      await new Promise<void>((resolve, reject) => {
        this.bodyCame = resolve;
        this.bodyFailed = reject;
      });
    }
    if (this.error) throw this.error;
    // it may have been there before that was said
    if (this.bytes > maxBytes) throw tooLarge(this.who, maxBytes);
    return this.allChunks();
  }

  /** The body as it comes in, no faster than it is read. Its errors are OperationErrors. */
  stream(): Readable {
    const readable = new Readable({
      read: () => this.source?.resume(),
      destroy: (error, done) => {
        if (!this.ended) this.source?.abort(error ?? new Error('The stream was closed'));
        done(error);
      },
    });
    this.readable = readable;
    for (const chunk of this.chunks.splice(0)) readable.push(chunk);
    this.take(Infinity);
    if (this.error) readable.destroy(this.error);
    else if (this.ended) readable.push(null);
    return readable;
  }

  /** Lets a body that nobody wants come in where it is short, and breaks off otherwise. */
  discard(): void {
    if (this.readable) this.readable.destroy();
    if (this.ended) return;
    this.chunks.length = 0;
    this.discarded = setTimeout(() => this.stop(tooLarge(this.who, DISCARD_BYTES)), DISCARD_MS).unref();
    this.take(DISCARD_BYTES);
  }

  /** Breaks off; the connection is closed. */
  stop(reason: OperationError): void {
    if (this.ended) return;
    const { source } = this;
    this.fail(reason);
    source?.abort(reason);
  }

  onRequestStart(source: AnswerSource): void {
    if (this.error) source.abort(this.error);
    else this.source = source;
  }

  onResponseStart(_source: AnswerSource, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.ended) return;
    this.status = status;
    this.headers = headers;
    this.headCame();
  }

  onResponseData(source: AnswerSource, chunk: Buffer): void {
    if (this.ended) return;
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) {
      this.stop(tooLarge(this.who, this.maxBytes));
    } else if (this.readable) {
      if (!this.readable.push(chunk)) source.pause();
    } else if (!this.discarded) {
      this.chunks.push(chunk);
      if (!this.isWanted && this.bytes > HELD_BYTES) source.pause();
    }
  }

  onResponseEnd(): void {
    if (this.ended) return;
    this.end();
    this.readable?.push(null);
    this.bodyCame?.();
  }

  onResponseError(_source: AnswerSource | undefined, error: Error): void {
    if (!this.ended) this.fail(error);
  }

  private allChunks(): Buffer {
    return this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks, this.bytes);
  }

  /** What was held back comes in at once. */
  private take(maxBytes: number): void {
    this.isWanted = true;
    this.maxBytes = maxBytes;
    if (this.bytes > maxBytes) this.stop(tooLarge(this.who, maxBytes));
    this.source?.resume();
  }

  private fail(cause: unknown): void {
    this.end();
    this.error = outboundError(cause, this.who);
    this.headFailed(cause);
    this.bodyFailed?.(this.error);
    this.readable?.destroy(this.error);
  }

  private end(): void {
    this.ended = true;
    this.source = undefined;
    clearTimeout(this.discarded);
    this.onEnd();
  }
}
