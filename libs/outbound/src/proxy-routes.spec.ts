import { describe, expect, it } from 'vitest';
import { outboundClient } from './testing/outbound-client.js';

describe('NO_PROXY', () => {
  it.each([
    ['', 'http://example.com/', true],
    ['*', 'http://example.com/', false],
    ['example.com', 'http://example.com/', false],
    ['example.com', 'http://a.example.com/', false],
    ['example.com', 'http://notexample.com/', true],
    ['.example.com', 'http://a.example.com/', false],
    ['*.example.com', 'http://a.example.com/', false],
    ['example.com:8080', 'http://example.com:8080/', false],
    ['example.com:8080', 'http://example.com/', true],
    ['a.com, b.com c.com', 'http://c.com/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', false],
    ['10.0.0.0/8', 'http://11.1.2.3/', true],
    ['fd00::/8', 'http://[fd12::1]/', false],
    ['what is %% this, example.com', 'http://example.com/', false],
    ['', 'http://localhost:3000/', false],
    ['', 'http://127.0.0.1:3000/', false],
    ['', 'http://[::1]:3000/', false],
  ])('%j and %s: by the proxy %s', (noProxy, url, proxied) => {
    const { routes } = outboundClient({ httpProxy: 'http://proxy:3128', noProxy });
    expect(routes.proxyFor(new URL(url))).toBe(proxied ? 'http://proxy:3128' : undefined);
  });

  it('each scheme has a proxy of its own', () => {
    const { routes } = outboundClient({ httpsProxy: 'http://proxy:1' });
    expect(routes.proxyFor(new URL('https://example.com/'))).toBe('http://proxy:1');
    expect(routes.proxyFor(new URL('http://example.com/'))).toBeUndefined();
  });
});
