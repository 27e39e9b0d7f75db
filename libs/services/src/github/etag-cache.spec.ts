import type { HttpAnswer } from '#libs/outbound';
import { EtagCache } from './etag-cache.js';
import { expect, it } from 'vitest';

const KIB = 1024;
const answer = (etag: string | undefined, bytes: number) =>
  ({ status: 200, headers: { etag }, body: Buffer.alloc(bytes) }) as unknown as HttpAnswer;

it('keeps answers by address and form', () => {
  const cache = new EtagCache();
  const [json, raw] = [answer('1', 10), answer('2', 10)];
  cache.keep('/a', 'json', json);
  cache.keep('/a', 'raw', raw);
  expect(cache.find('/a', 'json')).toBe(json);
  expect(cache.find('/a', 'raw')).toBe(raw);
  expect(cache.find('/a', undefined)).toBeUndefined();
});

it.each([
  ['without an ETag', answer(undefined, 10)],
  ['over 512 KiB', answer('1', 512 * KIB + 1)],
])('keeps no answer %s, nor the one before it', (_name, next) => {
  const cache = new EtagCache();
  cache.keep('/a', 'json', answer('0', 10));
  cache.keep('/a', 'json', next);
  expect(cache.find('/a', 'json')).toBeUndefined();
});

it('holds 8 MiB, and forgets what was not asked for the longest', () => {
  const cache = new EtagCache();
  const first = answer('0', 512 * KIB);
  cache.keep('/0', 'json', first);
  for (let i = 1; i < 16; i += 1) cache.keep(`/${i}`, 'json', answer('1', 512 * KIB));
  expect(cache.find('/0', 'json')).toBe(first);
  cache.keep('/16', 'json', answer('1', 512 * KIB));
  expect([0, 1, 2].map((i) => cache.find(`/${i}`, 'json') !== undefined)).toEqual([true, false, true]);
});

it('counts an answer that takes another one’s place once', () => {
  const cache = new EtagCache();
  const first = answer('1', 512 * KIB);
  cache.keep('/first', 'json', first);
  for (let i = 0; i < 40; i += 1) cache.keep('/same', 'json', answer(String(i), 512 * KIB));
  expect(cache.find('/first', 'json')).toBe(first);
});
