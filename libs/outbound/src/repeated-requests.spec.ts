import type { RequestListener } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpRequest } from './http-request.js';
import { closing } from './testing/closing.js';
import { outboundClient } from './testing/outbound-client.js';
import { webServer } from './testing/web-server.js';

/** Sends a request to a server that gives these answers in turn; the statuses seen there, and here. */
async function exchange(answers: RequestListener[], request: Partial<HttpRequest> = {}) {
  let at = 0;
  const server = await webServer((...args) => answers[Math.min(at++, answers.length - 1)]?.(...args));
  closing(server);
  const { client, close } = outboundClient({ allowedHosts: ['127.0.0.1'] });
  closing({ close });
  const answer = await client.request({ url: server.url, policy: 'open', ...request });
  return { status: answer.status, sent: server.requests.length };
}

const answers =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end('x');

describe('a passing failure', () => {
  it.each([429, 502, 503, 504])('is met by a second request: %i', async (status) => {
    expect(await exchange([answers(status), answers(200)])).toEqual({ status: 200, sent: 2 });
  });

  it('is met by three requests in all', async () => {
    expect(await exchange([answers(503)])).toEqual({ status: 503, sent: 3 });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is met for %s', async (method) => {
    expect((await exchange([answers(503), answers(200)], { method })).sent).toBe(2);
  });

  it.each(['POST', 'PATCH'])(
    'is answered as it is for %s, but where the caller says it may be sent again',
    async (method) => {
      expect(await exchange([answers(503), answers(200)], { method, body: 'x' })).toEqual({ status: 503, sent: 1 });
      expect(await exchange([answers(503), answers(200)], { method, body: 'x', idempotent: true })).toEqual({
        status: 200,
        sent: 2,
      });
    },
  );

  it('is met for the GET that a redirect asks for, unless the caller said that nothing is sent again', async () => {
    const redirected = [answers(303, { location: '/done' }), answers(503), answers(200)];
    expect(await exchange(redirected, { method: 'POST', body: 'x' })).toEqual({ status: 200, sent: 3 });
    const once = { method: 'POST', body: 'x', idempotent: false };
    expect(await exchange(redirected, once)).toEqual({ status: 503, sent: 2 });
  });

  it('is answered as it is where the body was a stream', async () => {
    const request = { method: 'PUT', body: Readable.from(['x']) };
    expect(await exchange([answers(503), answers(200)], request)).toEqual({ status: 503, sent: 1 });
  });

  it.each([400, 404, 408, 500, 501])('is none with %i', async (status) => {
    expect(await exchange([answers(status), answers(200)])).toEqual({ status, sent: 1 });
  });

  it('is met when the server says, in seconds', async () => {
    const startedAt = performance.now();
    expect(await exchange([answers(429, { 'retry-after': '1' }), answers(200)])).toEqual({ status: 200, sent: 2 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  it('is met when the server says, by date', async () => {
    const past = new Date(Date.now() - 60_000).toUTCString();
    expect(await exchange([answers(503, { 'retry-after': past }), answers(200)])).toEqual({ status: 200, sent: 2 });
  });

  it('is answered as it is where the server asks for more than is waited, or than there is time', async () => {
    expect(await exchange([answers(503, { 'retry-after': '3600' })])).toEqual({ status: 503, sent: 1 });
    expect(await exchange([answers(503, { 'retry-after': '2' })], { timeoutMs: 1_000 })).toEqual({
      status: 503,
      sent: 1,
    });
  });
});

describe('a lost connection', () => {
  const breaks: RequestListener = (request) => request.socket.destroy();

  it('is met by a second request', async () => {
    expect(await exchange([breaks, answers(200)])).toEqual({ status: 200, sent: 2 });
  });

  it('is not for POST', async () => {
    await expect(exchange([breaks, answers(200)], { method: 'POST' })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is met where nobody listens yet', async () => {
    const place = createServer().listen(0, '127.0.0.1');
    await once(place, 'listening');
    const { port } = place.address() as AddressInfo;
    place.close();
    const { client, close } = outboundClient({ allowedHosts: ['127.0.0.1'] });
    closing({ close });
    const asked = client.request({ url: `http://127.0.0.1:${port}/`, policy: 'open' });
    const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    setTimeout(() => server.listen(port, '127.0.0.1'), 20);
    onTestFinished(() => void server.close());
    expect((await asked).status).toBe(200);
  });

  it('ends the wait for another try when the caller leaves', async () => {
    const signal = AbortSignal.timeout(150);
    const startedAt = performance.now();
    await expect(exchange([answers(503, { 'retry-after': '4' })], { signal })).rejects.toMatchObject({
      kind: 'deadline',
    });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});
