import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './addresses.js';

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2a00:1450:4001:80b::200e',
  '::ffff:8.8.8.8',
  '::8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '2001:0:808:808:0:0:f7f7:f7f7', // Teredo: 8.8.8.8 as server and, inverted, as client
  '2606:4700::5efe:8.8.8.8',
];

const otherAddresses: [what: string, address: string][] = [
  ['this network', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['private', '10.0.0.0'],
  ['private', '10.255.255.255'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.0.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['carrier-grade NAT', '100.127.255.255'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['link-local', '169.254.0.1'],
  ['metadata', '169.254.169.254'],
  ['metadata of ECS', '169.254.170.2'],
  ['platform of Azure', '168.63.129.16'],
  ['metadata of Oracle', '192.0.0.192'],
  ['protocol assignments', '192.0.0.8'],
  ['documentation', '192.0.2.1'],
  ['documentation', '198.51.100.1'],
  ['documentation', '203.0.113.255'],
  ['6to4 relays', '192.88.99.1'],
  ['AS112', '192.31.196.1'],
  ['AS112', '192.175.48.1'],
  ['AMT', '192.52.193.1'],
  ['benchmarking', '198.18.0.1'],
  ['benchmarking', '198.19.255.255'],
  ['multicast', '224.0.0.1'],
  ['multicast', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['reserved', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
  ['decimal', '2130706433'],
  ['hexadecimal', '0x7f000001'],
  ['hexadecimal parts', '0x7f.0x0.0x0.0x1'],
  ['octal', '0177.0.0.1'],
  ['short', '127.1'],
  ['short', '10.1'],
  ['zero', '0'],
  ['full-width', '１２７.０.０.１'],
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['loopback, written out', '0:0:0:0:0:0:0:1'],
  ['compatible loopback', '::127.0.0.1'],
  ['compatible private', '::10.0.0.1'],
  ['compatible private, in hexadecimal', '::a00:1'],
  ['mapped loopback', '::ffff:127.0.0.1'],
  ['mapped metadata, in hexadecimal', '::ffff:a9fe:a9fe'],
  ['mapped Azure', '::ffff:168.63.129.16'],
  ['translated private', '::ffff:0:10.0.0.1'],
  ['NAT64 of private', '64:ff9b::10.0.0.1'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
  ['local NAT64', '64:ff9b:1::10.0.0.1'],
  ['local NAT64 of public', '64:ff9b:1::8.8.8.8'],
  ['local NAT64, /48 form of 10.0.0.1', '64:ff9b:1:a00:0:100::'],
  ['6to4 of private', '2002:a00:1::1'],
  ['6to4 of loopback', '2002:7f00:1::'],
  ['6to4 of public, ISATAP of private inside', '2002:808:808:0:0:5efe:10.0.0.1'],
  ['Teredo with a private server', '2001:0:a00:1:0:0:f7f7:f7f7'],
  ['Teredo with a private client', '2001:0:808:808:0:0:f5ff:fffe'],
  ['ISATAP of private', '2606:4700::5efe:10.0.0.1'],
  ['ISATAP of private, universal', '2606:4700::200:5efe:10.0.0.1'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['public with a zone', '2606:4700:4700::1111%eth0'],
  ['site-local', 'fec0::1'],
  ['unique local', 'fc00::1'],
  ['unique local', 'fdff::1'],
  ['metadata of AWS', 'fd00:ec2::254'],
  ['metadata of Google', 'fd20:ce::254'],
  ['multicast', 'ff02::1'],
  ['discard', '100::1'],
  ['documentation', '2001:db8::1'],
  ['documentation', '3fff::1'],
  ['benchmarking', '2001:2::1'],
  ['ORCHID', '2001:10::1'],
  ['ORCHIDv2', '2001:20::1'],
  ['protocol assignments', '2001:1ff::1'],
  ['AS112', '2620:4f:8000::1'],
  ['segment routing', '5f00::1'],
  ['never given out', '4000::1'],
  ['never given out', '1::1'],
  ['nothing', ''],
  ['a name', 'localhost'],
  ['brackets', '[::1]'],
  ['blanks', ' 8.8.8.8'],
  ['a CIDR', '8.8.8.8/8'],
  ['too long', '8.8.8.8.8'],
];

describe('isPublicAddress', () => {
  it.each(publicAddresses)('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(otherAddresses)('refuses %s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('refuses a private IPv4 address in whatever form it is wrapped', () => {
    fc.assert(
      fc.property(
        privateIPv4,
        wrapping,
        fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }),
        (octets, wrap, noise) => {
          expect(isPublicAddress(wrap(octets, noise))).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes a public IPv4 address only where the same one without its wrapping is taken', () => {
    const plain = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(plain, ([a, b, c, d]) => {
        const text = `${a}.${b}.${c}.${d}`;
        for (const prefix of ['::', '::ffff:', '::ffff:0:', '64:ff9b::']) {
          expect(isPublicAddress(`${prefix}${text}`)).toBe(isPublicAddress(text));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('answers for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(typeof isPublicAddress(text)).toBe('boolean');
      }),
    );
  });
});

type Octets = [number, number, number, number];
const octet = fc.nat(255);
const privateIPv4: fc.Arbitrary<Octets> = fc.oneof(
  fc.tuple(fc.constant(10), octet, octet, octet),
  fc.tuple(fc.constant(127), octet, octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  fc.constant<Octets>([168, 63, 129, 16]),
);

const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
const join = (...parts: string[]) => parts.join(':');
const wrapping = fc.constantFrom<(octets: Octets, noise: number[]) => string>(
  ([a, b, c, d]) => `${a}.${b}.${c}.${d}`,
  ([a, b, c, d]) => String(a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d),
  ([a, b, c, d]) => `0x${[a, b, c, d].map((part) => part.toString(16).padStart(2, '0')).join('')}`,
  ([a, b, c, d]) => [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
  ([a, b, c, d]) => `::${a}.${b}.${c}.${d}`,
  ([a, b, c, d]) => `::ffff:${hex(a, b)}:${hex(c, d)}`,
  ([a, b, c, d]) => `::ffff:0:${hex(a, b)}:${hex(c, d)}`,
  ([a, b, c, d]) => `64:ff9b::${hex(a, b)}:${hex(c, d)}`,
  ([a, b, c, d], noise) => join('64:ff9b:1', ...noise.slice(0, 3).map(text), hex(a, b), hex(c, d)),
  ([a, b, c, d], noise) => join('2002', hex(a, b), hex(c, d), ...noise.slice(0, 5).map(text)),
  ([a, b, c, d], noise) => join('2001:0', hex(a, b), hex(c, d), ...noise.slice(0, 4).map(text)),
  ([a, b, c, d], noise) =>
    join('2001:0:808:808', text(noise[0]!), text(noise[1]!), hex(255 - a, 255 - b), hex(255 - c, 255 - d)),
  ([a, b, c, d], noise) => join('2606:4700', text(noise[0]!), text(noise[1]!), '0:5efe', hex(a, b), hex(c, d)),
  ([a, b, c, d], noise) => join('2a00:1450', text(noise[0]!), text(noise[1]!), '200:5efe', hex(a, b), hex(c, d)),
);

function text(part: number): string {
  return part.toString(16);
}
