import type { IncomingHttpHeaders } from 'node:http';
import type { OperationError } from '#libs/kit';
import { Cancellation, type CancelSignal } from './cancellation.js';
import { Deadline } from './deadline.js';
import { Exchange, type AnswerHandler, type AnswerSource } from './exchange.js';
import type { Hop } from './http-request.js';
import { OpenAnswer } from './open-answer.js';
import { outboundError, tooLarge } from './outbound-errors.js';

/**
 * Is told once what became of a message: `onWhole`, `onOpen` or `onFailure`. It is called in the middle of a socket's event,
 * so what it throws is nobody's.
 */
export interface MessageListener {
  /** Whether an answer that begins so is wanted as a whole. */
  takesWhole(status: number, headers: IncomingHttpHeaders): boolean;
  /** Such an answer is there. */
  onWhole(body: string, headers: IncomingHttpHeaders): void;
  /** The head of any other answer is there. */
  onOpen(answer: OpenAnswer): void;
  /** There is none. The error is an OperationError. */
  onFailure(error: Error): void;
}

/** A message on its way. */
export interface SentMessage {
  /** Breaks it off; nothing more is told of it. An answer that was told as open is broken off too. */
  stop(reason: Error): void;
}

/** A message that goes another way, told in the same manner. */
export function told(listener: MessageListener, open: (signal: CancelSignal) => Promise<OpenAnswer>): SentMessage {
  const cancellation = new Cancellation();
  open(cancellation).then(
    (answer) => {
      if (cancellation.aborted) answer.drop();
      else listener.onOpen(answer);
    },
    (error: unknown) => {
      if (!cancellation.aborted) listener.onFailure(error as Error);
    },
  );
  return { stop: (reason) => cancellation.abort(reason) };
}

/**
 * A message whose answer is most often short and there at once: that is told without a promise in between. Any other
 * answer goes on as an Exchange.
 */
export class MessageExchange implements AnswerHandler, SentMessage {
  private source: AnswerSource | undefined;
  /** Of an answer that is taken as a whole. */
  private headers: IncomingHttpHeaders | undefined;
  private text: string | undefined;
  private parts: Buffer[] | undefined;
  private bytes = 0;
  private isOver = false;
  private exchange: Exchange | undefined;
  private cancellation: Cancellation | undefined;

  /** `onEnd` is called once, when the connection is free or closed. */
  constructor(
    private readonly hop: Hop,
    private readonly maxBytes: number,
    private readonly listener: MessageListener,
    private readonly onEnd: () => void,
  ) {}

  stop(reason: Error): void {
    if (this.cancellation) {
      this.cancellation.abort(reason);
      return;
    }
    const { source } = this;
    if (this.end()) source?.abort(reason);
  }

  onRequestStart(source: AnswerSource): void {
    if (this.isOver) source.abort(new Error('The message was given up'));
    else this.source = source;
  }

  onResponseStart(source: AnswerSource, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.isOver) return;
    const isPlain = headers['content-encoding'] === undefined;
    if (isPlain && this.listener.takesWhole(status, headers)) this.headers = headers;
    else this.open(source, status, headers);
  }

  onResponseData(source: AnswerSource, chunk: Buffer): void {
    this.onLentData(source, chunk);
  }

  onLentData(source: AnswerSource, part: Buffer): void {
    if (this.exchange) this.exchange.onResponseData(source, Buffer.from(part));
    else this.take(part);
  }

  onResponseEnd(): void {
    if (this.exchange) {
      this.exchange.onResponseEnd();
      return;
    }
    const { headers } = this;
    if (headers && this.end()) this.listener.onWhole(this.text ?? this.joined(), headers);
  }

  onResponseError(source: AnswerSource | undefined, error: Error): void {
    if (this.exchange) this.exchange.onResponseError(source, error);
    else this.fail(outboundError(error, this.hop.who));
  }

  private take(part: Buffer): void {
    if (this.isOver) return;
    this.bytes += part.length;
    if (this.bytes > this.maxBytes) {
      const { source } = this;
      const error = tooLarge(this.hop.who, this.maxBytes);
      this.fail(error);
      source?.abort(error);
    } else if (this.bytes === Number(this.headers?.['content-length'])) {
      // all of it is there, most often at once
      this.text = this.parts ? Buffer.concat([...this.parts, part]).toString() : part.toString();
    } else {
      (this.parts ??= []).push(Buffer.from(part));
    }
  }

  private joined(): string {
    const { parts = [] } = this;
    return parts.length === 1 ? String(parts[0]) : Buffer.concat(parts).toString();
  }

  private open(source: AnswerSource, status: number, headers: IncomingHttpHeaders): void {
    const { who } = this.hop;
    const exchange = new Exchange(who, () => this.end());
    this.exchange = exchange;
    this.cancellation = new Cancellation();
    const deadline = new Deadline(Infinity, this.cancellation, who);
    deadline.watch((reason) => exchange.stop(reason));
    exchange.onRequestStart(source);
    exchange.onResponseStart(source, status, headers);
    this.listener.onOpen(new OpenAnswer(exchange, this.hop, deadline));
  }

  private fail(error: OperationError): void {
    if (this.end()) this.listener.onFailure(error);
  }

  /** Whether it was not over before. */
  private end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.source = undefined;
    this.onEnd();
    return true;
  }
}
