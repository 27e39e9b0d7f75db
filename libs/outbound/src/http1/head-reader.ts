import { errors } from 'undici';
import { readHead, type AnswerHead } from './answer-head.js';

/** Of a head, with all that were sent before it and say that there will be one. */
const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

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
  private bytes = 0;

  constructor(private readonly last: LastHead) {}

  reset(): void {
    this.head = undefined;
    this.parts = [];
    this.bytes = 0;
  }

  /** Answers how many of the bytes from `from` on were read. */
  take(bytes: Buffer, from: number): number {
    const end = this.endIn(bytes, from);
    const to = end ?? bytes.length;
    this.bytes += to - from;
    if (this.bytes > MAX_HEAD_BYTES) throw new errors.HeadersOverflowError();
    if (end === undefined) {
      this.parts.push(Buffer.from(bytes.subarray(from)));
      return to;
    }
    const head = this.last.of(this.textUntil(bytes, from, end));
    this.parts = [];
    // 100 and 103 only say that another one comes
    if (head.status >= 200) this.head = head;
    return end;
  }

  /** The end may have begun in a part before. */
  private endIn(bytes: Buffer, from: number): number | undefined {
    const before =
      this.parts.length === 0 ? NOTHING : Buffer.concat(this.parts.slice(1 - HEAD_END.length)).subarray(-3);
    const looked = before.length === 0 ? bytes : Buffer.concat([before, bytes.subarray(from)]);
    const found = looked.indexOf(HEAD_END, before.length === 0 ? from : 0);
    if (found === -1) return undefined;
    return found + HEAD_END.length + (before.length === 0 ? 0 : from - before.length);
  }

  private textUntil(bytes: Buffer, from: number, end: number): string {
    if (this.parts.length === 0) return bytes.toString('latin1', from, end - HEAD_END.length);
    const whole = Buffer.concat([...this.parts, bytes.subarray(from, end)]);
    return whole.toString('latin1', 0, whole.length - HEAD_END.length);
  }
}
