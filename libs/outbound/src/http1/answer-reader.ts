import type { AnswerHead } from './answer-head.js';
import { ChunkedBody } from './chunked-body.js';
import { HeadReader, type LastHead } from './head-reader.js';

/** Is told of an answer as it comes in; may break off at any time. */
export interface AnswerListener {
  onHead(head: AnswerHead): void;
  /** A part of the body. Its bytes are the listener's only until it returns. */
  onBody(part: Buffer): void;
  /** `isAlone`: nothing came after it that nobody has asked for. */
  onEnd(head: AnswerHead, isAlone: boolean): void;
}

/** Reads an answer (RFC 9112) from bytes as they come in; throws for what is none. */
export class AnswerReader {
  private readonly heads: HeadReader;
  private readonly chunks = new ChunkedBody();
  /** Bytes of a body whose length was said. */
  private left = 0;

  constructor(
    lastHead: LastHead,
    private readonly listener: AnswerListener,
  ) {
    this.heads = new HeadReader(lastHead);
  }

  /** The next bytes begin another answer. */
  reset(): void {
    this.heads.reset();
    this.chunks.reset();
  }

  /** Writes into the bytes: a body's parts are moved together there. */
  take(bytes: Buffer): void {
    let at = 0;
    while (!this.heads.head) {
      if (at === bytes.length) return;
      at = this.heads.take(bytes, at);
      if (this.heads.head) this.begin(this.heads.head);
    }
    this.takeBody(this.heads.head, bytes, at);
  }

  /** The connection has ended. Answers whether that was also the end of the answer. */
  close(): boolean {
    const { head } = this.heads;
    if (head?.framing.by !== 'close') return false;
    this.listener.onEnd(head, true);
    return true;
  }

  private begin(head: AnswerHead): void {
    if (head.framing.by === 'length') this.left = head.framing.bytes;
    this.listener.onHead(head);
  }

  private takeBody(head: AnswerHead, bytes: Buffer, at: number): void {
    switch (head.framing.by) {
      case 'length': {
        const end = Math.min(at + this.left, bytes.length);
        this.left -= end - at;
        this.pass(bytes, at, end);
        if (this.left === 0) this.listener.onEnd(head, end === bytes.length);
        return;
      }
      case 'chunks': {
        const end = this.chunks.take(bytes, at);
        this.pass(bytes, this.chunks.from, this.chunks.to);
        if (this.chunks.isOver) this.listener.onEnd(head, end === bytes.length);
        return;
      }
      case 'close':
        this.pass(bytes, at, bytes.length);
    }
  }

  private pass(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.listener.onBody(bytes.subarray(from, to));
  }
}
