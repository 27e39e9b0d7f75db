import type { RequestHead, ToldLength } from './request-head.js';

const ZERO = 0x30;
const NINE = 0x39;
const MAX_DIGITS = 9;
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

  /** Whether bytes begin with it. */
  fits(bytes: Buffer): boolean {
    const { start, end } = this.length;
    if (bytes.length <= start || !isSame(this.bytes, 0, start, bytes, 0)) return false;
    let at = start;
    let bodyBytes = 0;
    for (; at - start < MAX_DIGITS; at += 1) {
      const digit = bytes[at] ?? 0;
      if (digit < ZERO || digit > NINE) break;
      bodyBytes = 10 * bodyBytes + digit - ZERO;
    }
    if (at === start || !isSame(this.bytes, end, this.bytes.length, bytes, at)) return false;
    this.headBytes = at + this.bytes.length - end;
    this.bodyBytes = bodyBytes;
    return true;
  }
}

/** Whether `[start, end)` of some bytes are in others at a place. */
function isSame(known: Buffer, start: number, end: number, others: Buffer, place: number): boolean {
  const count = end - start;
  if (place + count > others.length) return false;
  if (count >= WORTH_A_CALL) return others.compare(known, start, end, place, place + count) === 0;
  for (let i = 0; i < count; i += 1) if (known[start + i] !== others[place + i]) return false;
  return true;
}
