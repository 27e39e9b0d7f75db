import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { NamedOrigin } from './target-policy.js';
import { outboundClient } from './testing/outbound-client.js';

const names = {
  'example.com': [['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']],
  'half.example.com': [['93.184.215.14', '10.0.0.7']],
  'half6.example.com': [['93.184.215.14', '::ffff:10.0.0.7']],
  'private.example.com': [['192.168.1.1']],
  'metadata.example.com': [['169.254.169.254']],
  'azure.example.com': [['168.63.129.16']],
  'wrapped.example.com': [['64:ff9b::a9fe:a9fe']],
  'empty.example.com': [[]],
  'wiki.internal': [['10.20.0.5']],
  'two.internal': [['10.20.0.5', '10.99.0.5']],
  localhost: [['127.0.0.1', '::1']],
};

/** How a check ended: the address that may be asked, or kind, rule and message of its refusal. */
async function outcome(
  url: string,
  given: Parameters<typeof outboundClient>[0] = {},
  policy: 'open' | NamedOrigin = 'open',
) {
  try {
    return (await outboundClient({ names: structuredClone(names), ...given }).guard.check(url, policy)).href;
  } catch (error) {
    if (error instanceof OperationError) return [error.kind, error.details.rule].filter(Boolean).join(' ');
    return (error as NodeJS.ErrnoException).code;
  }
}

describe('an open target', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['HTTP://EXAMPLE.com:80/a?b#c', 'http://example.com/a?b'],
    ['https://example.com.:443/', 'https://example.com/'],
    ['https://93.184.215.14/', 'https://93.184.215.14/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    ['http://1572395022/', 'http://93.184.216.14/'],
  ])('%s is asked as %s', async (url, href) => {
    expect(await outcome(url)).toBe(href);
  });

  it.each([
    ['no URL', 'example.com'],
    ['no URL', ''],
    ['no URL', '//example.com/'],
    ['no URL', '/etc/passwd'],
    ['no host', 'http://'],
    ['no host', 'https://:443/'],
    ['no host', 'http://./'],
    ['an empty label', 'http://a..b/'],
    ['two trailing dots', 'http://example.com../'],
    ['a file', 'file:///etc/passwd'],
    ['another scheme', 'ftp://example.com/'],
    ['another scheme', 'gopher://example.com:70/_x'],
    ['another scheme', 'data:text/plain,x'],
    ['another scheme', 'javascript:alert(1)'],
    ['another scheme', 'ws://example.com/'],
    ['another scheme', 'unix:/var/run/docker.sock'],
    ['a user', 'https://user@example.com/'],
    ['a password', 'https://user:secret@example.com/'],
    ['an empty user', 'https://:secret@example.com/'],
    ['a zone', 'http://[fe80::1%25eth0]/'],
    ['a port that is none', 'http://example.com:99999/'],
    ['more than 8,192 characters', `https://example.com/${'a'.repeat(8_200)}`],
  ])('is invalid with %s: %s', async (_what, url) => {
    expect(await outcome(url)).toBe('invalid');
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://127.0.0.1./',
    'http://0/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://[::]/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://x.localhost/',
    'http://postgres/',
    'http://metadata.google.internal/',
    'http://printer.local/',
    'http://half.example.com/',
    'http://half6.example.com/',
    'http://private.example.com/',
    'http://metadata.example.com/',
    'http://azure.example.com/',
    'http://wrapped.example.com/',
    'http://wiki.internal/',
  ])('is refused for its address: %s', async (url) => {
    expect(await outcome(url)).toBe('failed address');
  });

  it.each([22, 25, 81, 444, 3306, 6379, 8080, 65_535])('is refused on port %i', async (port) => {
    expect(await outcome(`http://example.com:${port}/`)).toBe('failed port');
    expect(await outcome(`http://93.184.215.14:${port}/`)).toBe('failed port');
  });

  it('is reached on a port of WEB_ALLOWED_PORTS, with public addresses only', async () => {
    expect(await outcome('https://example.com:8443/', { allowedPorts: [8443] })).toBe('https://example.com:8443/');
    expect(await outcome('https://private.example.com:8443/', { allowedPorts: [8443] })).toBe('failed address');
    expect(await outcome('https://example.com:8444/', { allowedPorts: [8443] })).toBe('failed port');
  });

  it.each(['nowhere.example.com', 'empty.example.com'])('may have an address later: %s', async (name) => {
    expect(await outcome(`http://${name}/`)).toBe(`http://${name}/`);
    expect(await outcome(`http://${name}:22/`)).toBe('failed port');
  });

  it('is refused without a word about what the name resolves to', async () => {
    const { guard } = outboundClient({ names });
    await expect(guard.check('http://private.example.com/', 'open')).rejects.toThrow(
      'This address may not be reached: it is not on the public internet, or not all of its addresses are. ' +
        'WEB_ALLOWED_HOSTS opens private hosts',
    );
  });

  it('shows no password of a URL that is invalid', () => {
    const { guard } = outboundClient();
    expect(() => guard.inspect('https://user:secret@example.com/', 'open')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as string }),
    );
  });

  it('is an OperationError or a URL, whatever the text', () => {
    const { guard } = outboundClient();
    const part = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.constantFrom('http://', '@', ':', '[', '127.0.0.1', '%00', '\\', '．'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        try {
          const url = guard.inspect(parts.join(''), 'open');
          expect(['http:', 'https:']).toContain(url.protocol);
        } catch (error) {
          expect(error).toBeInstanceOf(OperationError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('WEB_ALLOWED_HOSTS', () => {
  it.each([
    ['wiki.internal', 'http://wiki.internal/', 'http://wiki.internal/'],
    ['wiki.internal', 'http://wiki.internal:3000/', 'http://wiki.internal:3000/'],
    ['wiki.internal:3000', 'http://wiki.internal:3000/', 'http://wiki.internal:3000/'],
    ['wiki.internal:3000', 'http://wiki.internal/', 'failed address'],
    ['*.internal', 'http://wiki.internal/', 'http://wiki.internal/'],
    ['*.internal', 'http://private.example.com/', 'failed address'],
    ['10.20.0.0/16', 'http://wiki.internal/', 'http://wiki.internal/'],
    ['10.20.0.0/16', 'http://wiki.internal:3000/', 'http://wiki.internal:3000/'],
    ['10.20.0.0/16:3000', 'http://wiki.internal/', 'failed address'],
    ['10.20.0.0/16', 'http://two.internal/', 'failed address'],
    ['10.20.0.0/16', 'http://10.20.3.4/', 'http://10.20.3.4/'],
    ['10.20.0.0/16', 'http://10.21.3.4/', 'failed address'],
    ['10.20.0.0/16', 'http://[64:ff9b::10.20.3.4]/', 'failed address'],
    ['10.20.0.0/16', 'http://example.com:3000/', 'failed port'],
    ['127.0.0.1', 'http://127.0.0.1:3000/', 'http://127.0.0.1:3000/'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]:3000/', 'http://[::ffff:7f00:1]:3000/'],
    ['127.0.0.1', 'http://localhost:3000/', 'failed address'],
    ['127.0.0.1,::1', 'http://localhost:3000/', 'http://localhost:3000/'],
    ['localhost', 'http://localhost:3000/', 'http://localhost:3000/'],
    ['localhost', 'http://127.0.0.1:3000/', 'failed address'],
    ['example.com', 'http://example.com:8080/', 'http://example.com:8080/'],
  ])('%s and %s: %s', async (allowed, url, expected) => {
    expect(await outcome(url, { allowedHosts: allowed.split(',') })).toBe(expected);
  });
});

describe('a named origin', () => {
  const wiki = new NamedOrigin('The wiki', 'http://wiki.internal:3000/base');

  it('may be private, with any path', async () => {
    expect(await outcome('http://wiki.internal:3000/x?y', {}, wiki)).toBe('http://wiki.internal:3000/x?y');
  });

  it.each([
    'http://wiki.internal/',
    'https://wiki.internal:3000/',
    'http://wiki.internal:3001/',
    'http://private.example.com/',
    'http://10.20.0.5:3000/',
    'https://example.com/',
  ])('is no other one: %s', async (url) => {
    expect(await outcome(url, {}, wiki)).toBe('failed origin');
  });

  it('is refused with a user name, as everything is', () => {
    expect(() => new NamedOrigin('The wiki', 'http://user:secret@wiki.internal/')).toThrow(/without user name/);
  });
});

describe('behind a proxy', () => {
  const given = { httpProxy: 'http://proxy:3128', httpsProxy: 'http://proxy:3128', noProxy: 'direct.example.com' };

  it('names and literals are checked, and what names resolve to is left to the proxy', async () => {
    expect(await outcome('http://private.example.com/', given)).toBe('http://private.example.com/');
    expect(await outcome('http://nowhere.example.com/', given)).toBe('http://nowhere.example.com/');
    for (const host of ['localhost', 'postgres', 'metadata.google.internal', '10.0.0.1', '[::1]', '169.254.169.254']) {
      expect(await outcome(`http://${host}/`, given)).toBe('failed address');
    }
    expect(await outcome('http://example.com:22/', given)).toBe('failed port');
  });

  it('a network in WEB_ALLOWED_HOSTS opens no private name, whose address nobody checks', async () => {
    expect(await outcome('http://wiki.internal/', { ...given, allowedHosts: ['10.20.0.0/16'] })).toBe('failed address');
  });

  it('a host of NO_PROXY is checked as without one', async () => {
    const direct = { ...names, 'direct.example.com': [['10.0.0.1']] };
    expect(await outcome('http://direct.example.com/', { ...given, names: direct })).toBe('failed address');
  });
});
