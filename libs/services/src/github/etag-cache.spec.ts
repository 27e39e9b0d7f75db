import { EtagCache } from './etag-cache.js';
import { expect, it } from 'vitest';

const KIB = 1024;
const answer = (etag: string | undefined, bytes: number, headers: object = {}) => ({
  status: 200,
  headers: { ...(etag !== undefined && { etag }), ...headers },
  body: Buffer.alloc(bytes),
});
/** Of the largest answers that are kept, 16 are in 8 MiB. */
const large = (etag: string) => answer(etag, 510 * KIB);
const etagOf = (cache: EtagCache, url: string) => cache.find(url, 'json')?.headers.etag;

it('keeps answers by address and form', () => {
  const cache = new EtagCache();
  cache.keep('/a', 'json', answer('1', 10));
  cache.keep('/a', 'raw', answer('2', 20));
  expect(cache.find('/a', 'json')).toEqual(answer('1', 10));
  expect(cache.find('/a', 'raw')).toEqual(answer('2', 20));
  expect(cache.find('/a', undefined)).toBeUndefined();
});

it('keeps the headers that are read, and the bytes of the body alone', () => {
  const cache = new EtagCache();
  const read = { link: '<x>; rel="next"', 'content-type': 'application/json', 'x-oauth-scopes': 'repo' };
  const body = Buffer.from(new ArrayBuffer(64 * KIB), 7, 10);
  cache.keep('/a', 'json', { ...answer('1', 0, { ...read, 'x-github-request-id': 'x', date: 'now' }), body });
  const found = cache.find('/a', 'json');
  expect(found?.headers).toEqual({ etag: '1', ...read });
  expect([found?.body.length, found?.body.buffer.byteLength]).toEqual([10, 10]);
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
  for (let i = 0; i < 16; i += 1) cache.keep(`/${i}`, 'json', large('1'));
  expect(etagOf(cache, '/0')).toBe('1');
  cache.keep('/16', 'json', large('1'));
  expect([0, 1, 2].map((i) => etagOf(cache, `/${i}`) !== undefined)).toEqual([true, false, true]);
});

it.each([
  ['nothing', 'x', 0],
  ['a long address', 'x'.repeat(4 * KIB), 4],
])('counts what an answer with %s takes besides its body', (_name, address, kib) => {
  const cache = new EtagCache();
  const fit = Math.floor((8 * KIB) / (kib + 1));
  for (let i = 0; i < 2 * fit; i += 1) cache.keep(`/${i}/${address}`, 'json', answer('1', 0));
  const found = Array.from({ length: 2 * fit }, (_, i) => etagOf(cache, `/${i}/${address}`)).filter(Boolean);
  expect(found.length).toBeLessThanOrEqual(fit);
  expect(found.length).toBeGreaterThan(fit * 0.9);
});

it('counts an answer that takes another one’s place once', () => {
  const cache = new EtagCache();
  cache.keep('/first', 'json', large('1'));
  for (let i = 0; i < 40; i += 1) cache.keep('/same', 'json', large(String(i)));
  expect(etagOf(cache, '/first')).toBe('1');
});
