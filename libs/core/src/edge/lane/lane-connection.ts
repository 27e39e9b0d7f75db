import type { Socket } from 'node:net';
import { readLean } from '#libs/kit';
import { AnswerPace } from '../answer-pace.js';
import { LaneRequest } from './lane-request.js';
import { LaneResponse, type AnswerLine } from './lane-response.js';
import { HeadPattern } from './head-pattern.js';
import type { KnownHeads } from './known-heads.js';
import { findLength, type RequestHead, type ToldLength } from './request-head.js';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_BYTES = END_OF_HEAD.length;
const MAX_HEAD_BYTES = 8 * 1024;
/** Of a request with its head; larger ones are read by node, piece by piece. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** What a connection needs of the lane. */
export interface LaneOwner extends Pick<AnswerLine, 'connectionHeaders' | 'isClosing'> {
  readonly heads: KnownHeads;
  /** Whether an address is served here, as long as the gateway runs. */
  takes(url: string): boolean;
  /** Whether a body may be as large, by now. */
  hasRoomFor(bodyBytes: number): boolean;
  answer(response: LaneResponse): void;
  /** Gives the connection to node:http for good, with what has come and is not answered. */
  handOver(connection: LaneConnection, unread: Buffer | undefined): void;
  forget(connection: LaneConnection): void;
}

/** A connection while all that comes over it is the lane's to answer: one request after the other. */
export class LaneConnection implements AnswerLine {
  readonly pace = new AnswerPace();
  /** Since when it waits for the rest of a request, or for the first; by `performance.now()`. */
  waitsSince: number | undefined = performance.now();
  /** When its last answer left. */
  idleSince = 0;
  /** Whether its client is still to take that: no request is read before. */
  isHeld = false;
  private response: LaneResponse | undefined;
  private unread: Buffer | undefined;
  private isLeaving = false;
  private lastHead: RequestHead | undefined;
  /** Of the last head, once the same has come twice in a row: an agent sends one again and again, a proxy those of many. */
  private pattern: HeadPattern | undefined;
  /** Where the last head that was read told the length: others from there mostly tell it at the same place. */
  private lengthAt = 0;

  constructor(
    readonly socket: Socket,
    private readonly owner: LaneOwner,
  ) {
    socket.on('data', this.take).on('end', this.ended).on('error', this.failed).on('close', this.closed);
    readLean(socket);
  }

  get connectionHeaders(): string {
    return this.owner.connectionHeaders;
  }

  get isClosing(): boolean {
    return this.owner.isClosing;
  }

  /** Whether it has a request to answer. */
  get isBusy(): boolean {
    return this.response !== undefined;
  }

  answered(closes: boolean): void {
    this.response = undefined;
    this.idleSince = performance.now();
    const { socket } = this;
    if (closes) socket.end();
    else if (socket.writableNeedDrain && socket.writableLength > 0) {
      // answers to a client that takes none would be kept in memory, one after the other
      this.isHeld = true;
      socket.pause();
      socket.once('drain', this.taken);
    } else if (this.unread) {
      // what came meanwhile: after whoever sends this answer is through
      socket.pause();
      process.nextTick(() => this.goOn());
    } else if (this.isClosing) this.close();
  }

  private readonly taken = (): void => {
    this.isHeld = false;
    this.idleSince = performance.now();
    if (this.isClosing && !this.unread) this.close();
    else this.goOn();
  };

  /** Once its last answer, which may still be on its way, has left. */
  close(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.socket.destroySoon();
  }

  /** Ends it as it is now, for node:http to go on with. */
  handOver(): void {
    const { socket, unread } = this;
    socket.off('data', this.take).off('end', this.ended).off('error', this.failed).off('close', this.closed);
    this.owner.handOver(this, unread);
  }

  private readonly take = (chunk: Buffer): void => {
    // what comes after the last answer is not answered, and so it must not do anything either
    if (this.socket.writableEnded) return;
    this.unread = this.unread ? Buffer.concat([this.unread, chunk]) : chunk;
    if (!this.response && !this.isHeld) this.read();
    else if (this.unread.length > MAX_REQUEST_BYTES) this.socket.pause();
  };

  private goOn(): void {
    if (this.socket.destroyed) return;
    if (this.unread && !this.response && !this.isHeld) this.read();
    this.socket.resume();
  }

  private read(): void {
    const bytes = this.unread ?? END_OF_HEAD;
    const { pattern } = this;
    const known = pattern?.fits(bytes) === true ? pattern : this.find(bytes);
    if (known) {
      if (this.takeHead(known.head, bytes, known.headBytes, known.bodyBytes)) this.remember(known);
      return;
    }
    const headBytes = endOfHead(bytes);
    if (headBytes === 0) {
      if (bytes.length > MAX_HEAD_BYTES) this.handOver();
      else this.waitsSince ??= performance.now();
      return;
    }
    const length =
      headBytes > MAX_HEAD_BYTES ? undefined : findLength(bytes.toString('latin1', 0, headBytes - END_BYTES));
    const head = length && this.owner.heads.read(length.rest);
    if (!head || !this.owner.takes(head.url)) this.handOver();
    else if (this.takeHead(head, bytes, headBytes, length.bodyBytes)) this.learn(head, bytes, headBytes, length);
  }

  private find(bytes: Buffer): HeadPattern | undefined {
    return this.lengthAt === 0 ? undefined : this.owner.heads.find(bytes, this.lengthAt);
  }

  /** Begins with a request once it is whole; leaves one to node that is too large. Answers whether it has begun. */
  private takeHead(head: RequestHead, bytes: Buffer, headBytes: number, bodyBytes: number): boolean {
    if (bodyBytes > MAX_REQUEST_BYTES || !this.owner.hasRoomFor(bodyBytes)) {
      this.handOver();
      return false;
    }
    const end = headBytes + bodyBytes;
    if (end > bytes.length) {
      this.waitsSince ??= performance.now();
      return false;
    }
    this.unread = bytes.length > end ? bytes.subarray(end) : undefined;
    this.waitsSince = undefined;
    const request = new LaneRequest(head, bytes.subarray(headBytes, end), this.socket);
    this.response = new LaneResponse(request, this);
    this.owner.answer(this.response);
    return true;
  }

  private learn(head: RequestHead, bytes: Buffer, headBytes: number, length: ToldLength): void {
    this.lengthAt = length.start;
    const pattern = new HeadPattern(head, Buffer.from(bytes.subarray(0, headBytes)), length);
    this.owner.heads.learn(pattern);
    this.remember(pattern);
  }

  private remember(pattern: HeadPattern): void {
    this.pattern = pattern.head === this.lastHead ? pattern : undefined;
    this.lastHead = pattern.head;
  }

  /** A client that sends nothing more has left: none waits for an answer on half a connection. */
  private readonly ended = (): void => {
    if (this.response) this.socket.destroy();
    else this.socket.end();
  };

  private readonly failed = (): void => {
    this.socket.destroy();
  };

  private readonly closed = (): void => {
    this.owner.forget(this);
    this.response?.closed();
  };
}

/** Where the body begins; 0 while the head is not whole. */
function endOfHead(bytes: Buffer): number {
  const at = bytes.indexOf(END_OF_HEAD);
  return at === -1 ? 0 : at + END_OF_HEAD.length;
}
