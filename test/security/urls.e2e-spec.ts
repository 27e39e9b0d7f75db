import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { backEnd, FetchingModule } from '../fixtures/fetching.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const asked: IncomingMessage[] = [];
const inside = createServer((request, response) => {
  asked.push(request);
  if (request.url === '/out') response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  else if (request.url !== '/never') response.end('from inside');
});
let port: number;
let closed: TestGateway;
let opened: TestGateway;

beforeAll(async () => {
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  ({ port } = inside.address() as AddressInfo);
  backEnd.url = `http://127.0.0.1:${port}`;
  closed = await startGateway({ services: [FetchingModule] });
  opened = await startGateway({
    services: [FetchingModule],
    env: { WEB_ALLOWED_HOSTS: `127.0.0.1:${port}`, HTTP_TIMEOUT_MS: '300' },
  });
});
afterAll(async () => {
  await closed.close();
  await opened.close();
  inside.closeAllConnections();
  inside.close();
});
beforeEach(() => {
  asked.length = 0;
});

const get = async (gateway: TestGateway, url: string, headers: Record<string, string> = admin) =>
  gateway.post('/api/services/fetching/get', { url }, headers);

describe('a URL that a caller names', () => {
  it.each([
    ['a private address', () => `http://127.0.0.1:${port}/`, 422],
    ['a name of this machine', () => `http://localhost:${port}/`, 422],
    ['decimal', () => `http://2130706433:${port}/`, 422],
    ['octal', () => `http://0177.0.0.1:${port}/`, 422],
    ['mapped', () => `http://[::ffff:127.0.0.1]:${port}/`, 422],
    ['metadata', () => 'http://169.254.169.254/latest/meta-data/', 422],
    ['another scheme', () => 'file:///etc/passwd', 400],
    ['a password', () => `http://user:secret@127.0.0.1:${port}/`, 400],
    ['nothing', () => '', 400],
  ])('is not asked when it is %s', async (_what, url, status) => {
    const answer = await get(closed, url());
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/from inside|secret@|passwd|root:/);
    expect(asked).toEqual([]);
  });

  it('is asked where WEB_ALLOWED_HOSTS opens it, and nowhere else', async () => {
    expect((await get(opened, `http://127.0.0.1:${port}/`)).body).toMatchObject({
      data: { status: 200, text: 'from inside' },
    });
    expect((await get(opened, 'http://127.0.0.1:1/')).status).toBe(422);
    expect((await get(opened, `http://127.0.0.2:${port}/`)).status).toBe(422);
  });

  it('is told nothing about who asks', async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, cookie: 'a=b', 'x-forwarded-for': '1.2.3.4' };
    expect((await get(opened, `http://127.0.0.1:${port}/`, headers)).status).toBe(200);
    expect(asked[0]?.headers).toEqual({
      host: `127.0.0.1:${port}`,
      connection: 'keep-alive',
      'user-agent': 'mcp-gateway',
      'accept-encoding': 'gzip, deflate, br',
    });
  });

  it('leads to nothing that it could not be itself', async () => {
    const answer = await get(opened, `http://127.0.0.1:${port}/out`);
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain('169.254');
  });

  it('is given up after HTTP_TIMEOUT_MS, and its connection closed', async () => {
    const answer = await get(opened, `http://127.0.0.1:${port}/never`);
    expect(answer.status).toBe(504);
    await vi.waitFor(() => expect(asked[0]?.socket.destroyed).toBe(true));
  });
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
