import { describe, expect, it } from 'vitest';
import { setting, value } from '#libs/kit';
import { Networks } from '../access/networks.js';
import { isSame, plain, shown } from './setting-value.js';

describe('a value as JSON', () => {
  it.each([
    [undefined, null],
    [5, 5],
    [false, false],
    ['text', 'text'],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [new Networks(['loopback', '!10.0.0.1']), ['loopback', '!10.0.0.1']],
    [new Networks(['none']), []],
    [new Map([['a', { b: 1 }]]), { a: { b: 1 } }],
  ])('%j is %j', (given, json) => {
    expect(plain(given)).toEqual(json);
    expect(isSame(given, json ?? undefined)).toBe(true);
  });
});

describe('a value as people may see it', () => {
  const open = setting('OPEN', value.text(), { key: 'open', description: '' });
  const secret = setting('SECRET', value.text(), { key: 'secret', description: '', secret: true });

  it.each<[unknown, unknown]>([
    ['postgres://reader:hush@db/shop', 'postgres://reader:***@db/shop'],
    ['postgres://reader:hu@sh@db/shop', 'postgres://reader:***@db/shop'],
    ['https://:hush@proxy', 'https://:***@proxy'],
    ['http://a:hush@b and http://c:hush@d', 'http://a:***@b and http://c:***@d'],
    ['http://host:8080/a@b', 'http://host:8080/a@b'],
    [
      ['http://a:hush@b', 'c'],
      ['http://a:***@b', 'c'],
    ],
    [{ url: 'http://a:hush@b' }, { url: 'http://a:***@b' }],
    [undefined, null],
  ])('%j is %j', (given, seen) => {
    expect(shown(open, given)).toEqual(seen);
  });

  it('a secret is masked when it is set', () => {
    expect([shown(secret, 'hush'), shown(secret, undefined)]).toEqual(['***', null]);
  });
});
