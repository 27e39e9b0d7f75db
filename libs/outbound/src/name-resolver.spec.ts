import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostList } from './host-list.js';
import { HttpClient } from './http-client.js';
import { NameResolver } from './name-resolver.js';
import { OriginPools } from './origin-pools.js';
import { OutboundSettings } from './outbound.settings.js';
import { ProxyRoutes } from './proxy-routes.js';
import { closing } from './testing/closing.js';
import { UrlGuard } from './url-guard.js';

type Answer = (error: Error | null, addresses: LookupAddress[]) => void;

/** What the system was asked for, in order, and how it answers. */
const asked: [name: string, answer: Answer][] = [];

beforeEach(() => {
  const lookup = (name: string, _options: unknown, answer: Answer) => void asked.push([name, answer]);
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
  syncBuiltinESMExports();
});
afterEach(() => {
  asked.splice(0);
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const addresses = [{ address: '93.184.216.34', family: 4 }];
const names = () => asked.map(([name]) => name);

/** The system knows the `place`-th name it was asked for. */
async function answer(place: number): Promise<void> {
  asked[place]?.[1](null, addresses);
  await Promise.resolve();
}

/** Names that are asked for and never waited for. */
function ask(resolver: NameResolver, all: string[], isWanted?: () => boolean): void {
  for (const name of all) resolver.resolve(name, isWanted).catch(() => undefined);
}

describe('a name', () => {
  it('is asked for once by all who want it at the same time, and again by those who come later', async () => {
    const resolver = new NameResolver();
    const both = [resolver.resolve('a.example'), resolver.resolve('a.example')];
    await answer(0);
    expect(await Promise.all(both)).toEqual([addresses, addresses]);
    ask(resolver, ['a.example']);
    expect(names()).toEqual(['a.example', 'a.example']);
  });

  it('fails as the system says', async () => {
    const resolver = new NameResolver();
    const waiting = resolver.resolve('a.example');
    asked[0]?.[1](Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    await expect(waiting).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('names of one domain', () => {
  it('are asked for one after the other, while those of others are asked for', async () => {
    const resolver = new NameResolver();
    ask(resolver, ['a.evil.example', 'b.evil.example', 'c.evil.example', 'good.test']);
    expect(names()).toEqual(['a.evil.example', 'good.test']);
    await answer(0);
    expect(names()).toEqual(['a.evil.example', 'good.test', 'b.evil.example']);
  });

  it('wait behind those of domains that had no turn', async () => {
    const resolver = new NameResolver();
    ask(resolver, ['a.evil.example', 'x.odd.test', 'b.evil.example', 'c.evil.example', 'y.odd.test', 'good.net']);
    await answer(0);
    await answer(1);
    await answer(2);
    expect(names()).toEqual(['a.evil.example', 'x.odd.test', 'b.evil.example', 'y.odd.test', 'good.net']);
  });
});

describe('a name that nobody wants any more', () => {
  it('has no turn', async () => {
    const resolver = new NameResolver();
    let isWanted = true;
    ask(resolver, ['a.evil.example', 'x.odd.test']);
    ask(resolver, ['b.evil.example', 'c.evil.example'], () => isWanted);
    const given = resolver.resolve('b.evil.example', () => isWanted);
    ask(resolver, ['c.evil.example']);
    isWanted = false;
    await answer(0);
    await expect(given).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    expect(names()).toEqual(['a.evil.example', 'x.odd.test', 'c.evil.example']);
  });

  it('takes no place of one that somebody wants', async () => {
    const resolver = new NameResolver();
    let isWanted = true;
    const many = (domain: string) => Array.from({ length: 500 }, (_, at) => `${at}.${domain}`);
    ask(resolver, ['a.evil.example', 'x.odd.test']);
    ask(resolver, many('evil.example'), () => isWanted);
    const refused = { kind: 'unavailable', details: { retryable: true } };
    await expect(resolver.resolve('good.test')).rejects.toMatchObject(refused);
    isWanted = false;
    const good = resolver.resolve('good.test');
    await answer(0);
    expect(names()).toEqual(['a.evil.example', 'x.odd.test', 'good.test']);
    await answer(2);
    expect(await good).toEqual(addresses);
  });

  it('is that of a request that was given up', async () => {
    const settings = new OutboundSettings({ allowedHosts: new HostList([]), allowedPorts: new Set() } as never);
    const routes = new ProxyRoutes(settings);
    const guard = new UrlGuard(settings, new NameResolver(), routes);
    const pools = new OriginPools(guard, routes);
    closing({ close: () => pools.onApplicationShutdown() });
    const client = new HttpClient(settings, guard, pools);
    const request = (host: string, timeoutMs: number) =>
      client.request({ url: `http://${host}/`, policy: 'open', timeoutMs, idempotent: false }).catch(() => undefined);
    await Promise.all(['a.evil.com', 'b.evil.com', 'c.evil.com'].map((host) => request(host, 50)));
    void request('x.odd.com', 1_000);
    void request('good.com', 1_000);
    await vi.waitFor(() => expect(names()).toEqual(['a.evil.com', 'x.odd.com']));
    await answer(0);
    expect(names()).toEqual(['a.evil.com', 'x.odd.com', 'good.com']);
  });
});
