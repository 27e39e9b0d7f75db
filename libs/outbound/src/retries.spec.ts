import { describe, expect, it } from 'vitest';
import { isIdempotent, isPassing, retryAfterMs, waitBefore } from './retries.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    ['Sat, 21 Nov 2026 12:00:09 GMT', 9_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    [['3', '9'], 3_000],
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['2026', 2_026_000],
    ['99999999999999999999', undefined],
  ])('%j is %j ms', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});

describe('the wait before a retry', () => {
  it('is what the server asked for, up to 10 s; past that there is no retry', () => {
    expect(waitBefore(0, '10')).toBe(10_000);
    expect(waitBefore(0, '11')).toBeUndefined();
  });

  it.each([
    [0, 50, 100],
    [1, 100, 200],
    [3, 400, 800],
    [20, 1_000, 2_000],
  ])('number %i is from %i to %i ms, and seldom twice the same', (retry, least, most) => {
    const waits = Array.from({ length: 50 }, () => waitBefore(retry) ?? NaN);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(most);
    }
    expect(new Set(waits).size).toBeGreaterThan(40);
  });
});

it('only idempotent methods and passing statuses are retried', () => {
  expect(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'get'].filter(isIdempotent)).toEqual([
    'GET',
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
  ]);
  expect([200, 400, 404, 408, 429, 500, 501, 502, 503, 504].filter(isPassing)).toEqual([429, 502, 503, 504]);
});
