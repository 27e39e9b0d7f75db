import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebModule } from '../../libs/services/src/web/web.module.js';
import { webServer, type WebServer } from '../../libs/outbound/src/testing/web-server.js';
import { backEnd, FetchingModule } from '../fixtures/fetching.service.js';
import { ADMIN_KEY, type TestGateway } from '../gateway.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 32));
let inside: WebServer;
let port: number;
let closed: WatchedGateway;
let opened: WatchedGateway;

beforeAll(async () => {
  inside = await webServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', inside.url);
    const hops = Number(searchParams.get('hops'));
    // no connection outlives its request, but for a fault
    response.setHeader('connection', 'close').setHeader('content-type', 'text/plain');
    if (pathname === '/out') response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    else if (hops > 0) response.writeHead(307, { location: hops > 1 ? `/?hops=${hops - 1}` : '/out' }).end();
    else if (pathname === '/around') response.writeHead(302, { location: '/around' }).end();
    else if (pathname === '/bomb') response.setHeader('content-encoding', 'gzip').end(bomb);
    else if (pathname === '/drip') setInterval(() => response.write('.'), 20).unref();
    else if (pathname !== '/never') response.end('from inside');
  });
  ({ port } = inside);
  backEnd.url = inside.url;
  const services = [WebModule, FetchingModule];
  closed = await startWatched({ services });
  const env = { WEB_ALLOWED_HOSTS: `127.0.0.1:${port}`, HTTP_TIMEOUT_MS: '500' };
  opened = await startWatched({ services, env });
});
afterAll(async () => {
  await closed.close();
  await opened.close();
  await inside.close();
});
afterEach(() => Promise.all([expectUnharmed(closed), expectUnharmed(opened)]));
beforeEach(() => {
  inside.requests.length = 0;
});

const get = async (gateway: TestGateway, url: string, headers: Record<string, string> = admin) =>
  gateway.post('/api/services/web/fetch_url', { url }, headers);
const send = async (gateway: TestGateway, url: string, headers: Record<string, string> = {}) =>
  gateway.post('/api/services/web/api_call', { url, method: 'POST', headers, body: {} }, admin);

const refusedUrls: [what: string, url: () => string, status: number][] = [
  ['a private address', () => `http://127.0.0.1:${port}/`, 422],
  ['a name of this machine', () => `http://localhost:${port}/`, 422],
  ['a name below it', () => `http://a.localhost:${port}/`, 422],
  ['decimal', () => `http://2130706433:${port}/`, 422],
  ['hexadecimal', () => `http://0x7f000001:${port}/`, 422],
  ['octal', () => `http://0177.0.0.1:${port}/`, 422],
  ['short', () => `http://127.1:${port}/`, 422],
  ['hexadecimal parts', () => `http://0x7f.0x0.0x0.0x1:${port}/`, 422],
  ['octal and short', () => `http://0177.1:${port}/`, 422],
  ['zero', () => `http://0:${port}/`, 422],
  ['with a dot at its end', () => `http://127.0.0.1.:${port}/`, 422],
  ['in percents', () => `http://%31%32%37.0.0.1:${port}/`, 422],
  ['in circles', () => `http://①②⑦.⓪.⓪.①:${port}/`, 422],
  ['with a soft hyphen', () => `http://127.0.0.1\u00ad:${port}/`, 422],
  ['behind a backslash', () => `http:\\\\127.0.0.1:${port}\\`, 422],
  ['behind a fragment', () => `http://127.0.0.1:${port}#@example.com/`, 422],
  ['with line feeds', () => `ht\ntp://127.0.\n0.1:${port}/`, 422],
  ['Teredo', () => 'http://[2001:0:7f00:1::]/', 422],
  ['translated', () => 'http://[::ffff:0:127.0.0.1]/', 422],
  ['with an interface', () => 'http://[fe80::1%25eth0]/', 400],
  ['full-width', () => `http://１２７。０。０。１:${port}/`, 422],
  ['mapped', () => `http://[::ffff:127.0.0.1]:${port}/`, 422],
  ['compatible', () => `http://[::127.0.0.1]:${port}/`, 422],
  ['6to4', () => 'http://[2002:7f00:1::]/', 422],
  ['NAT64', () => 'http://[64:ff9b::7f00:1]/', 422],
  ['unique local', () => 'http://[fd00::1]/', 422],
  ['unspecified', () => `http://0.0.0.0:${port}/`, 422],
  ['metadata', () => 'http://169.254.169.254/latest/meta-data/', 422],
  ['the platform of Azure', () => 'http://168.63.129.16/', 422],
  ['a private name', () => 'http://intranet/', 422],
  ['on another port', () => 'http://93.184.216.34:22/', 422],
  ['of another scheme', () => 'file:///etc/passwd', 400],
  ['with a password', () => `http://user:secret@127.0.0.1:${port}/`, 400],
  ['nothing', () => '', 400],
];

describe.each([
  ['fetch_url', get],
  ['api_call', send],
])('a URL that a caller names to %s', (_operation, ask) => {
  it.each(refusedUrls)('is not asked when it is %s', async (_what, url, status) => {
    const answer = await ask(closed, url());
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/from inside|secret@|passwd|root:/);
    expect(inside.requests).toEqual([]);
  });

  it('is asked where WEB_ALLOWED_HOSTS opens it, and nowhere else', async () => {
    expect((await ask(opened, `http://127.0.0.1:${port}/`)).text).toContain('from inside');
    expect((await ask(opened, 'http://127.0.0.1:1/')).status).toBe(422);
    expect((await ask(opened, `http://127.0.0.2:${port}/`)).status).toBe(422);
  });

  it.each(['/out', '/?hops=3', '/?hops=5', '/around'])(
    'leads to nothing that it could not be itself: %s',
    async (path) => {
      const answer = await ask(opened, `http://127.0.0.1:${port}${path}`);
      expect(answer.status).toBe(422);
      expect(answer.text).not.toContain('169.254');
      expect(inside.requests.length).toBeLessThanOrEqual(6);
    },
  );

  it.each(['/never', '/drip'])(
    'is given up after HTTP_TIMEOUT_MS in all, and its connection closed: %s',
    async (path) => {
      const answer = await ask(opened, `http://127.0.0.1:${port}${path}`);
      expect(answer.status).toBe(504);
      await vi.waitFor(() => expect(inside.sockets.open.size).toBe(0), 10_000);
    },
  );

  it('is not read beyond a limit that counts what comes of it', async () => {
    const answer = await ask(opened, `http://127.0.0.1:${port}/bomb`);
    expect(answer).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringMatching(/more than \d+ bytes$/) } },
    });
  });
});

it('a URL that a caller names is told nothing about who asks', async () => {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, cookie: 'a=b', 'x-forwarded-for': '1.2.3.4' };
  expect((await get(opened, `http://127.0.0.1:${port}/`, headers)).status).toBe(200);
  expect(inside.requests[0]?.headers).toEqual({
    host: `127.0.0.1:${port}`,
    connection: 'keep-alive',
    accept: expect.any(String),
    'user-agent': 'mcp-gateway',
    'accept-encoding': 'gzip, deflate, br',
  });
});

it.each(['Host', 'Connection', 'Transfer-Encoding', 'Content-Length', 'TE', 'Upgrade', 'Proxy-Authorization'])(
  'the header %s is not for callers to set',
  async (name) => {
    const answer = await send(opened, `http://127.0.0.1:${port}/`, { [name]: 'x' });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('set by the gateway') } },
    });
    expect(inside.requests).toEqual([]);
  },
);

it('a header with a line break is not sent', async () => {
  expect((await send(opened, `http://127.0.0.1:${port}/`, { 'x-own': 'a\r\nhost: b' })).status).toBe(400);
  expect(inside.requests).toEqual([]);
});

it('a back end that the operator named may be private', async () => {
  expect((await closed.post('/api/services/fetching/ask-back-end', {}, admin)).body).toMatchObject({
    data: { text: 'from inside' },
  });
});

it('a URL that is kept for later is checked when it is given', async () => {
  const keep = async (url: string) => (await closed.post('/api/services/fetching/keep', { url }, admin)).status;
  expect(await keep('https://93.184.216.34/hook')).toBe(200);
  expect(await keep(`http://127.0.0.1:${port}/`)).toBe(422);
  expect(await keep(`http://localhost:${port}/`)).toBe(422);
  expect(await keep('hook')).toBe(400);
});
