import { withRepositoryNamed } from './named-repository.js';
import { searchScopeOf, type Defaults } from './repository.js';
import { withScope } from './search-scope.js';
import { describe, expect, it } from 'vitest';

const none: Defaults = { owner: undefined, repo: undefined };
const acmeShop: Defaults = { owner: 'Acme', repo: 'Shop' };

describe('what rules are told of a call', () => {
  it.each<[string, object, Defaults, object]>([
    ['list-issues', {}, acmeShop, { owner: 'acme', repo: 'acme/shop' }],
    ['list-issues', { repo: 'ACME/Web' }, none, { owner: 'acme', repo: 'acme/web' }],
    ['list-issues', { owner: 'Other' }, acmeShop, { owner: 'other', repo: 'other/shop' }],
    ['list-repos', {}, acmeShop, { owner: 'acme' }],
    ['list-repos', { owner: 'Other' }, acmeShop, { owner: 'other' }],
    ['list-repos', {}, none, {}],
    ['search-code', { query: 'x', repo: 'web' }, acmeShop, { query: 'x', owner: 'acme', repo: 'acme/web' }],
    ['search-code', { query: 'x', owner: 'Other' }, acmeShop, { query: 'x', owner: 'other' }],
    ['search-code', { query: 'x' }, none, { query: 'x' }],
  ])('%s with %j and %j is %j', (operation, input, defaults, told) => {
    expect(withRepositoryNamed({ ...input }, operation, defaults)).toEqual(told);
  });

  it.each(['x org:other', 'x user:other', 'x repo:other/y', 'x OR y', '(x)', 'x -user:acme', 'x enterprise:z'])(
    'names no place for a search of %j, which may reach further',
    (query) => {
      const input = { owner: 'acme', query };
      expect(withRepositoryNamed(input, 'search-issues', acmeShop)).toEqual({ query });
    },
  );
});

it.each<[object, Defaults]>([
  [{ owner: 'acme' }, none],
  [{ owner: 'acme' }, acmeShop],
  [{ repo: 'acme/web' }, none],
  [{}, acmeShop],
  [{}, none],
])('a search of %j with %j goes where rules are told', (call, defaults) => {
  const query = withScope('x', searchScopeOf(call, defaults)).toLowerCase();
  const told = withRepositoryNamed({ ...call, query: 'x' }, 'search-code', defaults) as Record<string, string>;
  const place = told.repo === undefined ? told.owner && `user:${told.owner}` : `repo:${told.repo}`;
  expect(query).toBe(place === undefined ? 'x' : `${place} x`);
});
