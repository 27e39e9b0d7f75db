import { withScope } from './search-scope.js';
import { expect, it } from 'vitest';

const acmeShop = { owner: 'acme', repo: 'shop' };

it.each([
  ['crash', 'repo:acme/shop crash'],
  ['crash -label:repo', 'repo:acme/shop crash -label:repo'],
  ['crash "on start', 'repo:acme/shop crash "on start'],
  ['crash org:acme', 'crash org:acme'],
  ['USER:ada crash', 'USER:ada crash'],
  ['repo:a/b crash', 'repo:a/b crash'],
])('%s is searched as %s', (query, scoped) => {
  expect(withScope(query, acmeShop)).toBe(scoped);
});

it('is searched in all of an owner’s where no repository is named, unless it says itself where', () => {
  expect(withScope('crash', { owner: 'acme' })).toBe('user:acme crash');
  expect(withScope('crash org:other', { owner: 'acme' })).toBe('crash org:other');
});

it('is left alone where no place is meant', () => {
  expect(withScope('crash', undefined)).toBe('crash');
});
