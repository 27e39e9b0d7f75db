import { randomFillSync } from 'node:crypto';

const BATCH = 256;
const BYTES = 16;
const CHARACTERS = 36;
const DASH = 0x2d;
const DIGITS = Buffer.from('0123456789abcdef');
const VERSION_AT = 6;
const VARIANT_AT = 8;
const dashesBefore = new Set([4, VERSION_AT, VARIANT_AT, 10]);

const random = Buffer.allocUnsafeSlow(BATCH * BYTES);
const texts = Buffer.allocUnsafeSlow(BATCH * CHARACTERS);
let given = BATCH;

/**
 * A random UUID (RFC 9562, version 4). As many are written at once as `randomUUID` draws at once: each is then one piece of
 * text, where that one puts it together of twenty, which whoever reads it has to join.
 */
export function newUuid(): string {
  if (given === BATCH) fill();
  const start = given * CHARACTERS;
  given += 1;
  return texts.toString('latin1', start, start + CHARACTERS);
}

function fill(): void {
  randomFillSync(random);
  for (let i = 0, at = 0; i < random.length; i += 1) {
    const place = i % BYTES;
    if (dashesBefore.has(place)) texts[at++] = DASH;
    let byte = random[i] ?? 0;
    if (place === VERSION_AT) byte = (byte & 0x0f) | 0x40;
    if (place === VARIANT_AT) byte = (byte & 0x3f) | 0x80;
    texts[at++] = DIGITS[byte >> 4] ?? 0;
    texts[at++] = DIGITS[byte & 0x0f] ?? 0;
  }
  given = 0;
}
