import { describe, expect, it } from 'vitest';
import { costOf, prices } from './prices.js';

const table = prices.parse({
  perCall: 0.01,
  perMillionTokens: 2,
  services: { github: { perCall: 1 }, free: { perCall: 0, perMillionTokens: 0 } },
  operations: {
    'github.*': { perMillionTokens: 4 },
    'github.merge-*': { perCall: 3 },
    'github.merge-pr': { perCall: 5, perMillionTokens: 0 },
    '*.query': { perCall: 0.5 },
  },
});

const cost = (service: string, operation: string, of = table) =>
  costOf(of, { service, operation, calls: 10, tokens: 500_000 });

describe('the cost of ten calls and half a million tokens', () => {
  it.each([
    ['a service without prices of its own', 'postgres', 'stats', 1.1],
    ['a service with one of its own, and a pattern with the other', 'github', 'list-prs', 12],
    ['the longest pattern, and what it leaves open from the service', 'github', 'merge-branch', 31],
    ['an operation by its name', 'github', 'merge-pr', 50],
    ['the same as people write it with the other sign', 'github', 'merge_pr', 50],
    ['a pattern over all services', 'postgres', 'query', 6],
    ['a service that is free', 'free', 'lunch', 0],
    ['a name that every object has', 'constructor', 'constructor', 1.1],
  ])('%s', (_what, service, operation, expected) => {
    expect(cost(service, operation)).toBeCloseTo(expected, 10);
    // the second time it is known
    expect(cost(service, operation)).toBeCloseTo(expected, 10);
  });

  it('is nothing by an empty table, and without one', () => {
    expect(cost('github', 'merge-pr', prices.parse({}))).toBe(0);
    expect(costOf(undefined, { service: 'github', operation: 'merge-pr', calls: 1, tokens: 1 })).toBe(0);
  });
});

describe('a price table', () => {
  it.each([
    [{ percall: 1 }],
    [{ perCall: -1 }],
    [{ currency: 'euro' }],
    [{ services: { x: { tokens: 1 } } }],
    [{ operations: { 'x.y': { tokens: 1 } } }],
    [{ operations: { '*a*b*c*': {} } }],
    [[]],
    ['x'],
  ])('is refused as %j', (table) => {
    expect(prices.safeParse(table).success).toBe(false);
  });
});
