import { headerIn } from './answer-head.js';
import { brokenAnswer } from './broken-answer.js';

/** Of a chunk: 2^48 bytes are more than anybody sends. */
const MAX_SIZE_DIGITS = 12;
/** Of extensions and trailers, which nobody reads. */
const MAX_ASIDE_BYTES = 16 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

/** What comes next (RFC 9112, 7.1). */
type Place =
  | 'size'
  | 'extension'
  | 'end of size'
  | 'data'
  | 'end of data'
  | 'last of data'
  | 'line'
  | 'trailer'
  | 'end of trailer'
  | 'end'
  | 'over';

/** Reads a body that comes in chunks. */
export class ChunkedBody {
  /** Where the body's own bytes stand in what was taken last. */
  from = 0;
  to = 0;
  private place: Place = 'size';
  private digits = 0;
  private left = 0;
  private aside = 0;
  private trailer = '';

  get isOver(): boolean {
    return this.place === 'over';
  }

  reset(): void {
    this.place = 'size';
    this.digits = 0;
    this.left = 0;
    this.aside = 0;
    this.trailer = '';
  }

  /** Moves what is of the body together, within the bytes. Answers how many were read, counted from the first. */
  take(bytes: Buffer, start: number): number {
    this.from = start;
    this.to = start;
    let at = start;
    while (at < bytes.length && this.place !== 'over') {
      if (this.place === 'data') at = this.takeData(bytes, at);
      else this.step(bytes[at++] ?? 0);
    }
    return at;
  }

  private takeData(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.left, bytes.length);
    if (this.to === this.from) this.from = this.to = at;
    else bytes.copyWithin(this.to, at, end);
    this.to += end - at;
    this.left -= end - at;
    if (this.left === 0) this.place = 'end of data';
    return end;
  }

  private step(byte: number): void {
    switch (this.place) {
      case 'size':
        return this.takeSize(byte);
      case 'extension':
        return this.passOver(byte, 'end of size');
      case 'end of size':
        return this.expect(byte, LF, this.left === 0 ? 'line' : 'data');
      case 'end of data':
        return this.expect(byte, CR, 'last of data');
      case 'last of data':
        this.digits = 0;
        return this.expect(byte, LF, 'size');
      case 'line':
        this.place = byte === CR ? 'end' : 'trailer';
        return byte === CR ? undefined : this.takeTrailer(byte);
      case 'trailer':
        return this.takeTrailer(byte);
      case 'end of trailer':
        return this.expect(byte, LF, 'line');
      case 'end':
        return this.expect(byte, LF, 'over');
      case 'data':
      case 'over':
    }
  }

  private takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== undefined) {
      this.digits += 1;
      if (this.digits > MAX_SIZE_DIGITS) throw brokenAnswer('a chunk that is too large');
      this.left = this.left * 16 + digit;
    } else if (this.digits > 0 && byte === SEMICOLON) {
      this.place = 'extension';
    } else if (this.digits > 0) {
      this.expect(byte, CR, 'end of size');
    } else {
      throw brokenAnswer('a chunk without a size');
    }
  }

  private takeTrailer(byte: number): void {
    this.passOver(byte, 'end of trailer');
    if (byte !== CR) {
      this.trailer += String.fromCharCode(byte);
      return;
    }
    // what is none may be the rest of a chunk whose size is wrong
    headerIn(this.trailer);
    this.trailer = '';
  }

  private passOver(byte: number, afterwards: Place): void {
    this.aside += 1;
    if (this.aside > MAX_ASIDE_BYTES) throw brokenAnswer('too much beside its body');
    if (byte === CR) this.place = afterwards;
    else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) throw brokenAnswer('a control character in a chunk');
  }

  private expect(byte: number, expected: number, next: Place): void {
    if (byte !== expected) throw brokenAnswer('a chunk that is none');
    this.place = next;
  }
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
