import { describe, expect, it } from 'vitest';
import { HostList } from './host-list.js';

describe('HostList', () => {
  it.each([
    ['wiki.internal', 'wiki.internal', 9_999, true],
    ['Wiki.Internal.', 'wiki.internal', 80, true],
    ['wiki.internal:8080', 'wiki.internal', 8_080, true],
    ['wiki.internal:8080', 'wiki.internal', 80, false],
    ['wiki.internal', 'notwiki.internal', 80, false],
    ['wiki.internal', 'a.wiki.internal', 80, false],
    ['*.apps.internal', 'a.b.apps.internal', 80, true],
    ['*.apps.internal', 'apps.internal', 80, false],
    ['*.apps.internal', 'evilapps.internal', 80, false],
    ['*.apps.internal:443', 'a.apps.internal', 80, false],
    ['bücher.internal', 'xn--bcher-kva.internal', 80, true],
    ['intranet', 'intranet', 80, true],
  ])('%s and the name %s with port %i: %s', (entry, name, port, expected) => {
    expect(new HostList([entry]).hasName(name, port)).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8', '10.1.2.3', 80, true],
    ['10.0.0.0/8', '11.0.0.0', 80, false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 80, true],
    ['10.0.0.0/8:8080', '10.1.2.3', 8_080, true],
    ['10.0.0.0/8:8080', '10.1.2.3', 80, false],
    ['127.0.0.1', '127.0.0.1', 1_234, true],
    ['127.0.0.1', '127.0.0.2', 1_234, false],
    ['127.0.0.1:80', '127.0.0.1', 81, false],
    ['::1', '::1', 80, true],
    ['[::1]:8080', '::1', 8_080, true],
    ['[::1]:8080', '::1', 80, false],
    ['fd00::/8', 'fd12::1', 80, true],
    ['[fd00::/8]:443', 'fd12::1', 443, true],
    ['fe80::/10', 'fe80::1%eth0', 80, false],
    ['wiki.internal', '10.0.0.1', 80, false],
  ])('%s and the address %s with port %i: %s', (entry, address, port, expected) => {
    expect(new HostList([entry]).hasAddress(address, port)).toBe(expected);
  });

  it.each([
    '*',
    '*.',
    '',
    'https://wiki',
    'wiki/path',
    'wiki:0',
    'wiki:65536',
    'wiki:http',
    'a..b',
    'a b',
    'user@wiki',
    '10.0.0.0/33',
    '10.0.0/8',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::1',
    'fd00::/129',
    'fe80::1%eth0',
    '*.*.internal',
    'wiki.*',
  ])('refuses %j', (entry) => {
    expect(() => new HostList(['wiki', entry])).toThrow(new Error('entry 2 is no host'));
  });
});
