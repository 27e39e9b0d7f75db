import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { Logger } from '@nestjs/common';
import { describe, expect, it, vi, onTestFinished } from 'vitest';
import { OperationError } from '#libs/kit';
import { inDoubt } from './in-doubt.js';
import { selfSigned } from './testing/certificate.js';
import { closing } from './testing/closing.js';
import { outboundClient } from './testing/outbound-client.js';
import { proxyServer, type ProxyServer } from './testing/proxy-server.js';
import { webServer, type WebServer } from './testing/web-server.js';

async function started<T extends { close(): Promise<void> }>(starting: T | Promise<T>): Promise<T> {
  const made = await starting;
  closing(made);
  return made;
}

/** A server that speaks TLS, with the names that its clients asked for. */
async function tlsServer() {
  const asked: (string | false | null)[] = [];
  const server = createServer({
    ...selfSigned,
    SNICallback: (name, done) => {
      asked.push(name);
      done(null);
    },
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { asked, port: (server.address() as AddressInfo).port };
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof OperationError
    ? `${error.kind}: ${error.message}`
    : `not an OperationError: ${String(error)}`;
}

describe('through a proxy', () => {
  async function setUp(refusal?: number): Promise<{ server: WebServer; proxy: ProxyServer }> {
    const server = await started(webServer((request, response) => response.end(`here is ${request.headers.host}`)));
    return { server, proxy: await started(proxyServer(server.port, refusal)) };
  }
  const proxied = async (url: string) =>
    started(outboundClient({ httpProxy: url, httpsProxy: url, noProxy: 'direct.example.com' }));

  it('plain http is asked for by its whole address, and the proxy resolves the name', async () => {
    const { proxy } = await setUp();
    const { client, asked } = await proxied(`http://127.0.0.1:${proxy.port}`);
    const answer = await client.request({ url: 'http://site.example.com/path', policy: 'open' });
    expect(answer.text()).toBe('here is site.example.com');
    expect(proxy.asked).toEqual([{ what: 'GET http://site.example.com/path', authorization: undefined }]);
    expect(asked).toEqual([]);
  });

  it('goes on by another password as soon as that is set, and what is under way is let finish', async () => {
    let answer: () => void = () => undefined;
    const server = await started(
      webServer(({ url }, response) => {
        if (url === '/slow') answer = () => void response.end('slowly');
        else response.end('at once');
      }),
    );
    const proxy = await started(proxyServer(server.port));
    const at = (password: string) => `http://user:${password}@127.0.0.1:${proxy.port}`;
    const { client, changeProxy } = await proxied(at('old'));
    const get = async (path: string) =>
      (await client.request({ url: `http://site.example.com${path}`, policy: 'open' })).text();
    expect(await get('/')).toBe('at once');
    const slow = get('/slow');
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(2), 10_000);
    changeProxy(at('new'));
    expect(await get('/')).toBe('at once');
    answer();
    expect(await slow).toBe('slowly');
    const shown = proxy.asked.map(({ authorization }) => Buffer.from(authorization!.slice(6), 'base64').toString());
    expect(shown).toEqual(['user:old', 'user:old', 'user:new']);
  });

  it('https goes through a tunnel to the name, and TLS is spoken with the site', async () => {
    const site = await tlsServer();
    const proxy = await started(proxyServer(site.port));
    const { client } = await proxied(`http://user:pass%20word@127.0.0.1:${proxy.port}`);
    const request = client.request({ url: 'https://secure.example.com/path', policy: 'open' });
    expect(await failure(request)).toBe(
      'unavailable: https://secure.example.com could not be reached securely: its certificate is not trusted, or TLS failed',
    );
    const authorization = `Basic ${Buffer.from('user:pass word').toString('base64')}`;
    expect(proxy.asked).toEqual([{ what: 'CONNECT secure.example.com:443', authorization }]);
    expect(site.asked).toEqual(['secure.example.com']);
  });

  it('names and literals that are private are not asked for', async () => {
    const { proxy } = await setUp();
    const { client } = await proxied(`http://127.0.0.1:${proxy.port}`);
    for (const host of ['10.0.0.1', '169.254.169.254', '[::ffff:10.0.0.1]', 'postgres', 'metadata.google.internal']) {
      expect(await failure(client.request({ url: `http://${host}/`, policy: 'open' }))).toMatch(
        /^failed: This address/,
      );
    }
    expect(proxy.asked).toEqual([]);
  });

  it('a host of NO_PROXY is not asked for', async () => {
    const { proxy } = await setUp();
    const { client } = await proxied(`http://127.0.0.1:${proxy.port}`);
    expect(await failure(client.request({ url: 'http://direct.example.com/', policy: 'open' }))).toMatch(
      /could not be found by its name$/,
    );
    expect(proxy.asked).toEqual([]);
  });

  it.each([403, 407])(
    'a proxy that refuses with %i makes it unavailable, and its password stays secret',
    async (status) => {
      const { proxy } = await setUp(status);
      const { client } = await proxied(`http://user:secret@127.0.0.1:${proxy.port}`);
      expect(await failure(client.request({ url: 'https://site.example.com/', policy: 'open' }))).toBe(
        'unavailable: https://site.example.com could not be reached, or broke off',
      );
    },
  );

  it.each(['http', 'https'])('what a proxy does not pass on over %s is no change in doubt', async (scheme) => {
    const { proxy } = await setUp(407);
    const { client } = await proxied(`http://127.0.0.1:${proxy.port}`);
    const asked = client.request({ url: `${scheme}://site.example.com/`, policy: 'open', method: 'POST', body: 'x' });
    const error: unknown = await asked.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect(inDoubt(error)).toBe(error);
  });

  it('a proxy that wants to be authorized for plain http makes it unavailable', async () => {
    const { proxy } = await setUp(407);
    const { client } = await proxied(`http://127.0.0.1:${proxy.port}`);
    expect(await failure(client.request({ url: 'http://site.example.com/', policy: 'open' }))).toBe(
      'unavailable: http://site.example.com could not be reached, or broke off',
    );
  });

  it.each([
    [{ httpProxy: 'http://proxy:3128' }, 1],
    [{ httpsProxy: 'http://proxy:3128' }, 1],
    [{}, 0],
  ])('the start warns that the proxy resolves names: %j', (given, warnings) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    outboundClient(given).routes.onModuleInit();
    expect(warn.mock.calls.map(([message]) => /checks names and address literals only/.test(String(message)))).toEqual(
      Array(warnings).fill(true),
    );
    warn.mockRestore();
  });
});

it('TLS names the site while the connection goes to the checked address', async () => {
  const site = await tlsServer();
  const names = { 'secure.example.com': [['127.0.0.1']] };
  const { client } = await started(outboundClient({ allowedHosts: ['127.0.0.1'], names }));
  const url = `https://secure.example.com:${site.port}`;
  expect(await failure(client.request({ url, policy: 'open' }))).toBe(
    `unavailable: ${url} could not be reached securely: its certificate is not trusted, or TLS failed`,
  );
  expect(site.asked).toEqual(['secure.example.com']);
});
