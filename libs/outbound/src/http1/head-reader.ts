import { errors } from 'undici';
import { brokenAnswer } from './broken-answer.js';
import { readHead, type AnswerHead } from './answer-head.js';

/** Of a head, with all that were sent before it and say that there will be one. */
const MAX_HEAD_BYTES = 64 * 1024;
/** What comes first; where something else does, there is no need to wait for the end. */
const BEGINNING = 'HTTP/1.';
const HEAD_END = Buffer.from('\r\n\r\n');

/** Many answers of a server begin alike within a second, as long as its clock. */
export class LastHead {
  private text = '';
  private head: AnswerHead | undefined;

  of(text: string): AnswerHead {
    if (this.head === undefined || this.text !== text) {
      this.head = readHead(text);
      this.text = text;
    }
    return this.head;
  }
}

/** Finds where the head of an answer ends, in however many parts it comes. */
export class HeadReader {
  /** Undefined while it is not there. */
  head: AnswerHead | undefined;
  private parts: Buffer[] = [];
  private beginning = '';
  private bytes = 0;

  constructor(private readonly last: LastHead) {}

  reset(): void {
    this.head = undefined;
    this.bytes = 0;
    this.forget();
  }

  /** Answers how many of the bytes from `from` on were read. */
  take(bytes: Buffer, from: number): number {
    const end = this.endIn(bytes, from);
    const to = end ?? bytes.length;
    this.bytes += to - from;
    if (this.bytes > MAX_HEAD_BYTES) throw new errors.HeadersOverflowError();
    if (end === undefined) {
      this.keep(bytes.subarray(from));
      return to;
    }
    const head = this.last.of(this.textUntil(bytes, from, end));
    this.forget();
    // 100 and 103 only say that another one comes
    if (head.status >= 200) this.head = head;
    return end;
  }

  private keep(bytes: Buffer): void {
    this.parts.push(Buffer.from(bytes));
    this.beginning += bytes.toString('latin1', 0, BEGINNING.length - this.beginning.length);
    if (!BEGINNING.startsWith(this.beginning)) throw brokenAnswer('no status line');
  }

  private forget(): void {
    if (this.parts.length > 0) this.parts = [];
    this.beginning = '';
  }

  private endIn(bytes: Buffer, from: number): number | undefined {
    if (this.parts.length === 0) {
      const place = bytes.indexOf(HEAD_END, from);
      return place === -1 ? undefined : place + HEAD_END.length;
    }
    // it may have begun in a part before
    const before = Buffer.concat(this.parts.slice(-3)).subarray(-3);
    const place = Buffer.concat([before, bytes.subarray(from)]).indexOf(HEAD_END);
    return place === -1 ? undefined : from + place + HEAD_END.length - before.length;
  }

  private textUntil(bytes: Buffer, from: number, end: number): string {
    if (this.parts.length === 0) return bytes.toString('latin1', from, end - HEAD_END.length);
    const whole = Buffer.concat([...this.parts, bytes.subarray(from, end)]);
    return whole.toString('latin1', 0, whole.length - HEAD_END.length);
  }
}
