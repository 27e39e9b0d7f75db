import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Networks } from './networks.js';
import { credentialsOf, originOf } from './request-facts.js';

const proxies = new Networks(['10.0.0.0/24', '2001:db8:1::/48']);

/** A request as node shows it: repeated headers are joined, raw ones kept. */
function requestOf(peer: string, headers: [name: string, value: string][], url = '/'): IncomingMessage {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = joined[key];
    if (before === undefined) joined[key] = value;
    else if (key !== 'authorization') joined[key] = `${before}, ${value}`;
  }
  return {
    socket: { remoteAddress: peer },
    headers: joined,
    rawHeaders: headers.flat(),
    url,
  } as unknown as IncomingMessage;
}

const hidden = (address: string) => ({ address, direct: false });
const seen = (address: string) => ({ address, direct: true });
const PROXY = '10.0.0.7';

describe('where a request comes from', () => {
  it.each<[name: string, peer: string, headers: [string, string][], origin: object]>([
    ['a peer without forwarding headers', '127.0.0.1', [], seen('127.0.0.1')],
    ['a proxy without forwarding headers is itself', PROXY, [], seen(PROXY)],
    ['a stranger that forwards is not direct', '127.0.0.1', [['X-Forwarded-For', '127.0.0.1']], hidden('127.0.0.1')],
    ['one hop', PROXY, [['X-Forwarded-For', '192.168.1.5']], seen('192.168.1.5')],
    [
      'the peer as an IPv4-mapped address',
      `::ffff:${PROXY}`,
      [['X-Forwarded-For', '192.168.1.5']],
      seen('192.168.1.5'),
    ],
    ['a spoofed leftmost entry', PROXY, [['X-Forwarded-For', '127.0.0.1, 8.8.8.8']], seen('8.8.8.8')],
    [
      'a spoofed header of its own',
      PROXY,
      [
        ['X-Forwarded-For', '127.0.0.1'],
        ['X-Forwarded-For', '8.8.8.8'],
      ],
      seen('8.8.8.8'),
    ],
    ['two known proxies', PROXY, [['X-Forwarded-For', '127.0.0.1, 8.8.8.8, 10.0.0.9']], seen('8.8.8.8')],
    ['known proxies alone', PROXY, [['X-Forwarded-For', '10.0.0.8, 10.0.0.9']], seen('10.0.0.8')],
    ['IPv6', PROXY, [['X-Forwarded-For', '2001:db8::5']], seen('2001:db8::5')],
    [
      'IPv6 through an IPv6 proxy',
      '2001:db8:1::1',
      [['X-Forwarded-For', '::1, 2001:db8::5, 2001:db8:1::2']],
      seen('2001:db8::5'),
    ],
    ['ports', PROXY, [['X-Forwarded-For', '[2001:db8::5]:443, 10.0.0.9:80']], seen('2001:db8::5')],
    ['an IPv4 port', PROXY, [['X-Forwarded-For', '8.8.8.8:1234']], seen('8.8.8.8')],
    ['blanks', PROXY, [['X-Forwarded-For', '  8.8.8.8  ']], seen('8.8.8.8')],
    ['no chain at all', PROXY, [['Via', '1.1 proxy']], hidden(PROXY)],
    ['an empty chain', PROXY, [['X-Forwarded-For', '']], hidden(PROXY)],
    ['an unreadable entry on the right', PROXY, [['X-Forwarded-For', '127.0.0.1, unknown']], hidden(PROXY)],
    ['an empty entry on the right', PROXY, [['X-Forwarded-For', '127.0.0.1,']], hidden(PROXY)],
    ['an entry in another notation', PROXY, [['X-Forwarded-For', '2130706433']], hidden(PROXY)],
    ['an unreadable entry left of the client', PROXY, [['X-Forwarded-For', 'nonsense, 8.8.8.8']], seen('8.8.8.8')],
    [
      'both chains',
      PROXY,
      [
        ['X-Forwarded-For', '8.8.8.8'],
        ['Forwarded', 'for=8.8.8.8'],
      ],
      hidden(PROXY),
    ],
    ['Forwarded', PROXY, [['Forwarded', 'for=8.8.8.8']], seen('8.8.8.8')],
    [
      'Forwarded in any case, with more',
      PROXY,
      [['Forwarded', 'Proto=https;FOR="8.8.8.8:80";by=10.0.0.7']],
      seen('8.8.8.8'),
    ],
    ['Forwarded with IPv6', PROXY, [['Forwarded', 'for="[2001:db8:cafe::17]:4711"']], seen('2001:db8:cafe::17')],
    [
      'Forwarded, spoofed on the left',
      PROXY,
      [['Forwarded', 'for=127.0.0.1, for=8.8.8.8;proto=http, for=10.0.0.9']],
      seen('8.8.8.8'),
    ],
    [
      'Forwarded, several headers',
      PROXY,
      [
        ['Forwarded', 'for=127.0.0.1'],
        ['Forwarded', 'for=8.8.8.8'],
      ],
      seen('8.8.8.8'),
    ],
    ['Forwarded that hides the client', PROXY, [['Forwarded', 'for=127.0.0.1, for=unknown']], hidden(PROXY)],
    ['Forwarded with an obfuscated client', PROXY, [['Forwarded', 'for=_secret']], hidden(PROXY)],
    ['Forwarded without for', PROXY, [['Forwarded', 'for=127.0.0.1, proto=https']], hidden(PROXY)],
    ['Forwarded with an escape', PROXY, [['Forwarded', 'for="8\\.8.8.8"']], seen('8.8.8.8')],
    [
      'a comma in a quoted Forwarded value',
      PROXY,
      [['Forwarded', 'host="a,for=127.0.0.1";for=8.8.8.8']],
      seen('8.8.8.8'),
    ],
    [
      'a quoted Forwarded value after for',
      PROXY,
      [['Forwarded', 'for=8.8.8.8;host="a, for=127.0.0.1"']],
      seen('8.8.8.8'),
    ],
    [
      'a semicolon in a quoted Forwarded value',
      PROXY,
      [['Forwarded', 'host="a;for=127.0.0.1";for=8.8.8.8']],
      seen('8.8.8.8'),
    ],
    [
      'an escaped quote in a quoted Forwarded value',
      PROXY,
      [['Forwarded', 'host="a\\",for=127.0.0.1";for=8.8.8.8']],
      seen('8.8.8.8'),
    ],
    ['for twice in one element', PROXY, [['Forwarded', 'for=8.8.8.8;for=127.0.0.1']], hidden(PROXY)],
    ['a quote that never ends', PROXY, [['Forwarded', 'for=127.0.0.1, for="8.8.8.8']], hidden(PROXY)],
    ['a quote that begins on the left', PROXY, [['Forwarded', 'for=", for=127.0.0.1']], hidden(PROXY)],
  ])('%s', (_name, peer, headers, origin) => {
    expect(originOf(requestOf(peer, headers), proxies)).toEqual(origin);
  });

  it('is found at once in a header full of colons', () => {
    const startedAt = performance.now();
    const origin = originOf(requestOf(PROXY, [['X-Forwarded-For', `[${':'.repeat(30_000)}`]]), proxies);
    expect(origin).toEqual(hidden(PROXY));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Anything',
    'X-Forwarded',
    'Forwarded',
    'Forwarded-For',
    'Via',
    'X-Real-IP',
    'CF-Connecting-IP',
    'CF-Connecting-IPv6',
    'CF-Ray',
    'True-Client-IP',
    'Client-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'X-Original-Forwarded-For',
    'Fastly-Client-IP',
    'Fly-Client-IP',
    'X-Envoy-External-Address',
    'X-Azure-ClientIP',
    'X-Appengine-User-IP',
    'CDN-Loop',
    'X-ProxyUser-IP',
  ])('%s from a stranger ends trust by address', (header) => {
    expect(originOf(requestOf('127.0.0.1', [[header, '127.0.0.1']]), new Networks(['none']))).toEqual(
      hidden('127.0.0.1'),
    );
    expect(originOf(requestOf('127.0.0.1', [[header, '']]), new Networks(['none']))).toEqual(hidden('127.0.0.1'));
  });

  it('is never what the client wrote, however it dresses its part of the chain', () => {
    const client = '8.8.8.8';
    const written = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('127.0.0.1', '::1', '"', '\\', ',', 'for=127.0.0.1;', '"127.0.0.1'),
    );
    fc.assert(
      fc.property(written, fc.constantFrom('X-Forwarded-For', 'Forwarded'), (text, header) => {
        const added = header === 'Forwarded' ? `for=${client}` : client;
        const origin = originOf(
          requestOf(PROXY, [
            [header, text],
            [header, added],
          ]),
          proxies,
        );
        expect([seen(client), hidden(PROXY)]).toContainEqual(origin);
      }),
      { numRuns: 500 },
    );
  });
});

describe('credentials that a request presents', () => {
  it.each<[name: string, headers: [string, string][], url: string, found: [way: string, value: string][]]>([
    ['none', [], '/', []],
    [
      'each header',
      [
        ['X-MCP-Key', 'a'],
        ['X-API-Key', 'b'],
        ['Authorization', 'Bearer c'],
      ],
      '/',
      [
        ['x-mcp-key', 'a'],
        ['x-api-key', 'b'],
        ['bearer', 'c'],
      ],
    ],
    ['Bearer in any case and with blanks', [['authorization', 'bEARER   c ']], '/', [['bearer', 'c']]],
    ['another scheme', [['Authorization', 'Basic dTpw']], '/', [['bearer', '']]],
    ['Bearer without a token', [['Authorization', 'Bearer']], '/', [['bearer', '']]],
    ['Bearer with two tokens', [['Authorization', 'Bearer a b']], '/', [['bearer', '']]],
    ['a token without its scheme', [['Authorization', 'c']], '/', [['bearer', '']]],
    [
      'two Authorization headers',
      [
        ['Authorization', 'Bearer a'],
        ['Authorization', 'Bearer b'],
      ],
      '/',
      [
        ['bearer', 'a'],
        ['bearer', 'b'],
      ],
    ],
    ['an empty header', [['X-MCP-Key', '']], '/', [['x-mcp-key', '']]],
    [
      'a header sent twice',
      [
        ['X-MCP-Key', 'a'],
        ['X-MCP-Key', 'b'],
      ],
      '/',
      [['x-mcp-key', 'a, b']],
    ],
    ['a query key', [], '/x?a=1&api_key=q&b', [['query', 'q']]],
    [
      'two query keys',
      [],
      '/x?api_key=q&api_key=r',
      [
        ['query', 'q'],
        ['query', 'r'],
      ],
    ],
    ['an encoded query key', [], '/x?api_key=a%2Db', [['query', 'a-b']]],
    ['an encoded name of a query key', [], '/x?api%5Fkey=q', [['query', 'q']]],
    ['an empty query key', [], '/x?api_key=', [['query', '']]],
    ['a query key after an odd path', [], '//?api_key=q', [['query', 'q']]],
    ['a query key after a backslash', [], '/\\?api_key=q', [['query', 'q']]],
    ['an api_key of the path', [], '/api_key=q', []],
    ['another parameter', [], '/x?my_api_key=q', []],
  ])('%s', (_name, headers, url, found) => {
    const credentials = credentialsOf(requestOf('127.0.0.1', headers, url), true);
    expect(credentials.map(({ way, value }) => [way, value])).toEqual(found);
  });

  it('are not looked for in the query unless that is allowed', () => {
    expect(credentialsOf(requestOf('127.0.0.1', [], '/x?api_key=q'), false)).toEqual([]);
  });

  it('can be asked of any target without an error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = credentialsOf(requestOf('127.0.0.1', [], `${text}?api_key=q`), true);
        expect(found.every(({ way }) => way === 'query')).toBe(true);
      }),
    );
  });
});
