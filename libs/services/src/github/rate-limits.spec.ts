import { bucketOf, RateLimits } from './rate-limits.js';
import { describe, expect, it } from 'vitest';

const START = 1_700_000_000_000;

function given() {
  let now = START;
  return { limits: new RateLimits(() => now), pass: (ms: number) => (now += ms) };
}

const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START / 1_000 + 90) };
const waits = (retryAfterMs: number) =>
  expect.objectContaining({ kind: 'limited', details: { retryAfterMs } }) as Error;

describe('the primary limit', () => {
  it('stops the requests that it counts until it is reset', () => {
    const { limits, pass } = given();
    limits.note('search', used);
    expect(() => limits.admit('search')).toThrow(waits(90_000));
    expect(() => limits.admit('core')).not.toThrow();
    pass(90_000);
    expect(() => limits.admit('search')).not.toThrow();
  });

  it.each([{}, { 'x-ratelimit-remaining': '1' }, { 'x-ratelimit-remaining': '0' }])('goes on after %j', (headers) => {
    const { limits } = given();
    limits.note('core', headers);
    expect(() => limits.admit('core')).not.toThrow();
  });

  it('is known from a refusal', () => {
    const { limits } = given();
    expect(limits.refusal('core', 403, used, 'API rate limit exceeded')).toBe(90_000);
    expect(() => limits.admit('core')).toThrow(waits(90_000));
    expect(() => limits.admit('graphql')).not.toThrow();
  });
});

describe('the secondary limit', () => {
  it.each([
    [403, { 'retry-after': '7' }, '', 7_000],
    [429, { 'retry-after': '7' }, '', 7_000],
    [429, {}, '', 60_000],
    [403, {}, 'You have exceeded a secondary rate limit.', 60_000],
    [403, { ...used, 'retry-after': '7' }, '', 7_000],
  ])('%d %j %s stops all requests', (status, headers, message, waitMs) => {
    const { limits, pass } = given();
    expect(limits.refusal('core', status, headers, message)).toBe(waitMs);
    expect(() => limits.admit('graphql')).toThrow(waits(waitMs));
    pass(waitMs);
    expect(() => limits.admit('core')).not.toThrow();
  });

  it.each([
    [403, 'Resource not accessible by integration'],
    [422, 'rate limit'],
    [404, 'Not Found'],
  ])('is not what %d "%s" says', (status, message) => {
    const { limits } = given();
    expect(limits.refusal('core', status, {}, message)).toBeUndefined();
    expect(() => limits.admit('core')).not.toThrow();
  });
});

it.each([
  ['GET /search/code', 'code search'],
  ['GET /search/issues', 'search'],
  ['POST /graphql', 'graphql'],
  ['GET /repos/{owner}/{repo}', 'core'],
])('%s counts as %s', (route, bucket) => {
  expect(bucketOf(route)).toBe(bucket);
});
