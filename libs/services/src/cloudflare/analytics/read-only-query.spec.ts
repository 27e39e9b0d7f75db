import { describe, expect, it } from 'vitest';
import { requireQuery } from './read-only-query.js';

describe('a GraphQL text', () => {
  it.each([
    '{ viewer { zones { zoneTag } } }',
    'query ($zone: string!) { viewer { zones(filter: { zoneTag: $zone }) { ...f } } } fragment f on zone { zoneTag }',
    '# mutation { a }\nquery named { mutation }',
  ])('%j is one query', (text) => {
    expect(() => requireQuery(text)).not.toThrow();
  });

  it.each([
    ['mutation { deleteAll }', 'query: expected a query, which only reads, got a mutation'],
    ['subscription { a }', 'query: expected a query, which only reads, got a subscription'],
    ['query a { b } mutation c { d }', 'query: expected a query, which only reads, got a mutation'],
    ['query a { b } query c { d }', 'query: expected one query, got 2 of them'],
    ['fragment f on zone { zoneTag }', 'query: expected one query, got 0 of them'],
    ['{ viewer {', 'query: expected GraphQL, got Syntax Error: Expected Name, found <EOF>. in line 1, column 11'],
    [`{ ${'a '.repeat(2_001)} }`, 'query: expected GraphQL, got Syntax Error: Document contains more that 2000 tokens'],
  ])('%j is refused', (text, message) => {
    expect(() => requireQuery(text)).toThrow(message);
  });

  it.each([600, 100_000])('that is nested %i levels deep overflows nothing', (depth) => {
    expect(() => requireQuery('{a'.repeat(depth) + '}'.repeat(depth))).not.toThrow(RangeError);
  });
});
