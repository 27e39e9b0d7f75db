import type { RequestHead, ToldLength } from './request-head.js';

const ZERO = 0x30;
const NINE = 0x39;
const MAX_DIGITS = 9;
const CR = 0x0d;
/** One byte of so many is looked at to tell heads apart. */
const STRIDE = 4;
/** A piece of bytes that is shorter is compared sooner by hand. */
const WORTH_A_CALL = 16;

/** The bytes of a head that came, by which it is known when it comes again, whatever length of a body it tells then. */
export class HeadPattern {
  /** Of the head that was found to be the same, and of the body that follows it. */
  headBytes = 0;
  bodyBytes = 0;

  /** @param bytes with the empty line that ends it */
  constructor(
    readonly head: RequestHead,
    private readonly bytes: Buffer,
    private readonly length: Pick<ToldLength, 'start' | 'end'>,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  get mark(): number {
    return markOf(this.bytes, this.length.start);
  }

  /** Whether bytes begin with it. */
  fits(bytes: Buffer): boolean {
    const { start, end } = this.length;
    if (bytes.length <= start || !isSame(this.bytes, 0, start, bytes, 0)) return false;
    let at = start;
    let bodyBytes = 0;
    for (; at - start < MAX_DIGITS; at += 1) {
      const digit = bytes[at];
      if (!isDigit(digit)) break;
      bodyBytes = 10 * bodyBytes + digit - ZERO;
    }
    if (at === start || !isSame(this.bytes, end, this.bytes.length, bytes, at)) return false;
    this.headBytes = at + this.bytes.length - end;
    this.bodyBytes = bodyBytes;
    return true;
  }
}

/**
 * A number that is the same for heads that differ in their length alone, told at `lengthAt`, and another one for most others:
 * 32 bits with a sign.
 */
export function markOf(bytes: Buffer, lengthAt: number): number {
  let mark = 0;
  for (let at = 0; at < lengthAt; at += STRIDE) mark = marked(mark, bytes[at]);
  let at = lengthAt;
  while (isDigit(bytes[at])) at += 1;
  for (; at < bytes.length && !(bytes[at] === CR && bytes[at + 2] === CR); at += 1) mark = marked(mark, bytes[at]);
  return mark;
}

function marked(mark: number, byte = 0): number {
  return (Math.imul(mark, 31) + byte) | 0;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Whether `[start, end)` of some bytes are in others at a place. */
function isSame(known: Buffer, start: number, end: number, others: Buffer, place: number): boolean {
  const count = end - start;
  if (place + count > others.length) return false;
  if (count >= WORTH_A_CALL) return others.compare(known, start, end, place, place + count) === 0;
  for (let i = 0; i < count; i += 1) if (known[start + i] !== others[place + i]) return false;
  return true;
}
