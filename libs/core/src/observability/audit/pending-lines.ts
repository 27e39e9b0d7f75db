import { hashOf } from './audit-line.js';

const USUAL_BYTES = 64 * 1024;
/** A character is at most so many in UTF-8. */
const BYTES_PER_CHARACTER = 3;
const HASH_DIGITS = 64;
const NEWLINE = 0x0a;
/** What stands in a line before its text, whose first bracket it takes the place of. */
const PREFIX = prefixOf('0'.repeat(HASH_DIGITS)).length - 1;

/** Lines that are written next, as their bytes: each is put into UTF-8 once, for its hash, for the disk and for the store. */
export class PendingLines {
  private bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  private size = 0;

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Adds a line by what is hashed of it, and answers its hash. */
  add(previous: string, canonical: string): string {
    this.makeRoom(PREFIX + canonical.length * BYTES_PER_CHARACTER + 1);
    // first what is hashed, of which all but the text is then written over
    const from = this.size + PREFIX - HASH_DIGITS;
    const end = from + this.bytes.write(previous + canonical, from);
    const digits = hashOf(this.bytes.subarray(from, end));
    this.bytes.write(prefixOf(digits), this.size);
    this.bytes[end] = NEWLINE;
    this.size = end + 1;
    return digits;
  }

  /** All of them, as long as none is added. */
  get all(): Buffer {
    return this.bytes.subarray(0, this.size);
  }

  clear(): void {
    this.size = 0;
    if (this.bytes.length > USUAL_BYTES) this.bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  }

  private makeRoom(bytes: number): void {
    const needed = this.size + bytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.size);
    this.bytes = larger;
  }
}

function prefixOf(digits: string): string {
  return `{"hash":"${digits}",`;
}
