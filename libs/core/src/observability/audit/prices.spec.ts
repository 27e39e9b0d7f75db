import { describe, expect, it } from 'vitest';
import { costOf, prices } from './prices.js';

const table = prices.parse({
  perCall: 0.01,
  perMillionTokens: 2,
  services: { github: { perCall: 1 }, free: { perCall: 0, perMillionTokens: 0 } },
});

describe('the cost of ten calls and half a million tokens', () => {
  it.each([
    ['a service without prices of its own', 'postgres', 1.1],
    ['a service with one of its own', 'github', 11],
    ['a service that is free', 'free', 0],
    ['a name that every object has', 'constructor', 1.1],
  ])('%s', (_what, service, cost) => {
    expect(costOf(table, service, 10, 500_000)).toBeCloseTo(cost, 10);
  });

  it('is nothing by an empty table', () => {
    expect(costOf(prices.parse({}), 'github', 10, 500_000)).toBe(0);
  });
});

describe('a price table', () => {
  it.each([
    [{ percall: 1 }],
    [{ perCall: -1 }],
    [{ currency: 'euro' }],
    [{ services: { x: { tokens: 1 } } }],
    [[]],
    ['x'],
  ])('is refused as %j', (table) => {
    expect(prices.safeParse(table).success).toBe(false);
  });
});
