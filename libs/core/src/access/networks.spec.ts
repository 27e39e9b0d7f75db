import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Networks } from './networks.js';

describe('addresses in a list', () => {
  it.each<[entries: string[], inside: string[], outside: string[]]>([
    [['loopback'], ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'], ['128.0.0.1', '::2', '10.0.0.1']],
    [
      ['private'],
      ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', '::ffff:10.1.2.3'],
      ['172.15.255.255', '172.32.0.1', '192.169.0.1', '100.64.0.1', '127.0.0.1', '8.8.8.8', 'fe80::1', '2001:db8::1'],
    ],
    [['none'], [], ['127.0.0.1', '::1', '10.0.0.1', '']],
    [[], [], ['127.0.0.1', '::1', '']],
    [['LOOPBACK', 'Private'], ['127.0.0.1', '10.0.0.1'], ['8.8.8.8']],
    [['10.1.2.3'], ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:a01:203'], ['10.1.2.4']],
    [['::ffff:10.1.2.3'], ['10.1.2.3'], ['10.1.2.4']],
    [['::ffff:10.1.2.0/120'], ['10.1.2.3', '::ffff:10.1.2.3'], ['10.1.3.0']],
    [['2001:db8::/32'], ['2001:db8::1', '2001:0db8:0:0::0001'], ['2001:db9::1', '32.1.13.184']],
    [['10.0.0.0/8', '!10.9.0.0/16'], ['10.8.0.1'], ['10.9.0.1', '::ffff:10.9.0.1']],
    [['!10.9.0.0/16', '10.0.0.0/8'], ['10.8.0.1'], ['10.9.0.1']],
    [['private', '!172.17.0.1'], ['172.17.0.2'], ['172.17.0.1']],
    [['private', '!::ffff:172.17.0.0/112'], ['172.18.0.1'], ['172.17.0.1']],
    [['loopback', '!loopback'], [], ['127.0.0.1', '::1']],
    [['!10.0.0.0/8'], [], ['10.0.0.1', '11.0.0.1']],
    [['0.0.0.0/0'], ['8.8.8.8'], ['::1']],
    [['::/0'], ['::1'], ['8.8.8.8', '::ffff:8.8.8.8']],
  ])('%j', (entries, inside, outside) => {
    const networks = new Networks(entries);
    const decided = [...inside, ...outside].map((address) => [address, networks.includes(address)]);
    const again = [...inside, ...outside].map((address) => [address, networks.includes(address)]);
    expect(decided).toEqual([
      ...inside.map((address) => [address, true]),
      ...outside.map((address) => [address, false]),
    ]);
    expect(again).toEqual(decided);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1:80',
    '[::1]',
  ])('a text that is no plain address is in none: %j', (text) => {
    expect(new Networks(['0.0.0.0/0', '::/0']).includes(text)).toBe(false);
  });

  it('holds exactly the IPv4 addresses that share the prefix', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 }), (base, address, bits) => {
        const divisor = 2 ** (32 - bits);
        const expected = Math.floor(base / divisor) === Math.floor(address / divisor);
        expect(new Networks([`${dotted(base)}/${bits}`]).includes(dotted(address))).toBe(expected);
        expect(new Networks([`${dotted(base)}/${bits}`]).includes(`::ffff:${dotted(address)}`)).toBe(expected);
        expect(new Networks(['0.0.0.0/0', `!${dotted(base)}/${bits}`]).includes(dotted(address))).toBe(!expected);
      }),
    );
  });
});

describe('entries that are refused by name', () => {
  it.each([
    'x',
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0',
    '10/8',
    '127/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '2130706433',
    '10.0.0.256',
    'constructor',
    '__proto__',
    'toString',
    '!',
    '!!10.0.0.1',
    '!x',
    '10.0.0.0/255.0.0.0',
    '*',
  ])('%s', (entry) => {
    expect(() => new Networks(['loopback', entry])).toThrow(new Error('entry 2 is no network'));
  });

  it('are never anything but an Error that says which they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        try {
          new Networks([text]).includes(text);
        } catch (error) {
          expect((error as Error).message).toBe('entry 1 is no network');
        }
      }),
    );
  });
});

describe('public addresses', () => {
  it.each<[entries: string[], reached: boolean]>([
    [['loopback', 'private'], false],
    [['none'], false],
    [['169.254.0.0/16', 'fe80::/10'], false],
    [['172.16.0.0/12', '172.20.0.0/16'], false],
    [['::ffff:10.0.0.0/104'], false],
    [['172.0.0.0/8'], true],
    [['100.64.0.0/10'], true],
    [['10.0.0.0/7'], true],
    [['0.0.0.0/0'], true],
    [['::/0'], true],
    [['8.8.8.8'], true],
    [['2001:db8::/32'], true],
    [['::ffff:0.0.0.0/96'], true],
    [['loopback', '0.0.0.0/0', '!8.0.0.0/8'], true],
  ])('%j reaches them: %s', (entries, reached) => {
    expect(new Networks(entries).reachesPublic).toBe(reached);
  });
});

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
