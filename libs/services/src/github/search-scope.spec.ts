import { withScope } from './search-scope.js';
import { expect, it } from 'vitest';

const acmeShop = { owner: 'acme', repo: 'shop' };

it.each([
  ['crash', 'crash repo:acme/shop'],
  ['crash -label:repo', 'crash -label:repo repo:acme/shop'],
  ['crash org:acme', 'crash org:acme'],
  ['USER:ada crash', 'USER:ada crash'],
  ['repo:a/b crash', 'repo:a/b crash'],
])('%s is searched as %s', (query, scoped) => {
  expect(withScope(query, acmeShop)).toBe(scoped);
});

it('is left alone where no repository is meant', () => {
  expect(withScope('crash', undefined)).toBe('crash');
});
