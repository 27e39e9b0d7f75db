import { repositoryOf, searchScopeOf, type NamesRepository } from './repository.js';
import { describe, expect, it } from 'vitest';

type Defaults = Parameters<typeof repositoryOf>[1];
const none: Defaults = { owner: undefined, repo: undefined };
const acmeShop: Defaults = { owner: 'acme', repo: 'shop' };

describe('the repository that a call means', () => {
  it.each<[NamesRepository, Defaults, string]>([
    [{}, acmeShop, 'acme/shop'],
    [{}, { owner: undefined, repo: 'acme/shop' }, 'acme/shop'],
    [{ repo: 'web' }, acmeShop, 'acme/web'],
    [{ repo: 'web' }, { owner: undefined, repo: 'acme/shop' }, 'acme/web'],
    [{ repo: 'other/web' }, acmeShop, 'other/web'],
    [{ owner: 'other' }, acmeShop, 'other/shop'],
    [{ owner: 'other', repo: 'web' }, none, 'other/web'],
    [{ owner: 'other', repo: 'ignored/web' }, none, 'other/web'],
  ])('%j with %j', (call, defaults, name) => {
    const { owner, repo } = repositoryOf(call, defaults);
    expect(`${owner}/${repo}`).toBe(name);
  });

  it.each<[NamesRepository, Defaults, RegExp]>([
    [{}, none, /^repo: expected a repository such as "owner\/name".*GITHUB_REPO, got nothing/],
    [{ owner: 'acme' }, none, /^repo: .*GITHUB_REPO/],
    [{ repo: 'web' }, none, /^owner: .*GITHUB_OWNER/],
  ])('%j with %j is refused', (call, defaults, message) => {
    expect(() => repositoryOf(call, defaults)).toThrow(message);
  });
});

describe('where a search looks', () => {
  it.each<[NamesRepository, Defaults, ReturnType<typeof searchScopeOf>]>([
    [{ repo: 'web' }, acmeShop, { owner: 'acme', repo: 'web' }],
    [{ owner: 'other', repo: 'web' }, acmeShop, { owner: 'other', repo: 'web' }],
    [{ owner: 'other' }, acmeShop, { owner: 'other' }],
    [{}, acmeShop, { owner: 'acme', repo: 'shop' }],
    [{}, none, undefined],
    [{}, { owner: 'acme', repo: undefined }, undefined],
  ])('of %j with %j is %j', (call, defaults, scope) => {
    expect(searchScopeOf(call, defaults)).toEqual(scope);
  });
});
