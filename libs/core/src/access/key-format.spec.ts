import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayPrefix, generateKey, hashKey, isWellFormedKey, looksLikeOurKey } from './key-format.js';

const pepper = Buffer.alloc(32, 7);
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Any key as the gateway makes them. */
const keys = fc.constant(undefined).map(() => generateKey());

describe('a new key', () => {
  it('has 256 random bits in base 62 and a checksum', () => {
    const made = Array.from({ length: 200 }, generateKey);
    expect(made.filter((key) => !/^mcp_live_[0-9A-Za-z]{49}$/.test(key))).toEqual([]);
    expect(made.filter((key) => !isWellFormedKey(key) || !looksLikeOurKey(key))).toEqual([]);
    expect(new Set(made).size).toBe(200);
    expect(new Set(made.map((key) => key.slice(9, 49))).size).toBe(200);
  });

  it('is refused by its checksum after any one wrong character', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 9, max: 57 }), fc.constantFrom(...digits), (key, at, digit) => {
        fc.pre(key[at] !== digit);
        expect(isWellFormedKey(key.slice(0, at) + digit + key.slice(at + 1))).toBe(false);
      }),
    );
  });

  it('is refused by its checksum after two neighbours changed places', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 9, max: 56 }), (key, at) => {
        fc.pre(key[at] !== key[at + 1]);
        const swapped = `${key.slice(0, at)}${key[at + 1] ?? ''}${key[at] ?? ''}${key.slice(at + 2)}`;
        expect(isWellFormedKey(swapped)).toBe(false);
      }),
    );
  });

  it('shows too little of itself in a list to be guessed', () => {
    const key = generateKey();
    expect(displayPrefix(key)).toBe(key.slice(0, 15));
  });
});

it.each([
  ['', false],
  ['mcp_live_', false],
  [`mcp_live_${'0'.repeat(49)}`, false],
  ['admin-key-of-someone', false],
  ['MCP_LIVE_x', false],
])('%j is no well-formed key', (text, wellFormed) => {
  expect(isWellFormedKey(text)).toBe(wellFormed);
});

it('a key with something before or after it is no key', () => {
  const key = generateKey();
  expect(
    [` ${key}`, `${key} `, `${key}\n`, `${key}${key}`, key.toUpperCase(), key.slice(0, -1)].map(isWellFormedKey),
  ).toEqual(Array.from({ length: 6 }, () => false));
});

describe('what is stored of a key', () => {
  it('depends on the whole key and on the pepper', () => {
    const key = generateKey();
    const hash = hashKey(key, pepper);
    expect(hash).toMatch(/^[\w-]{43}$/);
    expect(hashKey(key, pepper)).toBe(hash);
    expect(hashKey(`${key} `, pepper)).not.toBe(hash);
    expect(hashKey(key, Buffer.alloc(32, 8))).not.toBe(hash);
  });

  it('is HMAC-SHA-256, so that a restored pepper keeps keys valid', () => {
    // RFC 4231, test case 2
    expect(hashKey('what do ya want for nothing?', Buffer.from('Jefe'))).toBe(
      Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex').toString('base64url'),
    );
  });
});
