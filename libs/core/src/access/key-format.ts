import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'mcp_live_';
/** 32 bytes are at most this many digits in base 62. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const KEY = new RegExp(`^${PREFIX}([0-9A-Za-z]{${SECRET_DIGITS}})([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`);
/** Enough to tell keys apart in a list, too little to guess one. */
const SHOWN_CHARACTERS = PREFIX.length + 6;

/** A new key: prefix, 256 random bits in base 62, and a checksum that refuses typing errors without a look-up. */
export function generateKey(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_DIGITS);
  return PREFIX + secret + checksum(secret);
}

/** Whether a text that claims to be one of our keys has its right checksum. */
export function isWellFormedKey(text: string): boolean {
  const match = KEY.exec(text);
  return match?.[1] !== undefined && checksum(match[1]) === match[2];
}

export function looksLikeOurKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The part of a key that lists may show. */
export function displayPrefix(key: string): string {
  return key.slice(0, SHOWN_CHARACTERS);
}

/** What is stored in place of a key: HMAC-SHA-256 under the pepper, in base64url. */
export function hashKey(key: string, pepper: Buffer): string {
  return createHmac('sha256', pepper).update(key).digest('base64url');
}

function checksum(secret: string): string {
  return base62(BigInt(crc32(secret)), CHECKSUM_DIGITS);
}

function base62(number: bigint, digits: number): string {
  let text = '';
  for (let rest = number; text.length < digits; rest /= 62n) text = (ALPHABET[Number(rest % 62n)] ?? '') + text;
  return text;
}
