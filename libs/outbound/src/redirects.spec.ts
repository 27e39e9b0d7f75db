import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { firstHop, nextHop, redirectTarget, type HttpRequest } from './http-request.js';
import { NamedOrigin } from './target-policy.js';
import { closing } from './testing/closing.js';
import { outboundClient } from './testing/outbound-client.js';
import { webServer, type WebServer } from './testing/web-server.js';

async function serve(answer: RequestListener): Promise<WebServer> {
  return closing(await webServer(answer));
}

/** Answers `/` with a redirect, and everything else with its path. */
const redirecting =
  (location: string | (() => string), status = 302): RequestListener =>
  (request, response) => {
    if (request.url !== '/') return void response.end(request.url);
    response.writeHead(status, { location: typeof location === 'string' ? location : location() }).end();
  };

function client(given: Parameters<typeof outboundClient>[0] = {}) {
  const made = outboundClient({ allowedHosts: ['127.0.0.1'], ...given });
  closing(made);
  return made.client;
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof OperationError
    ? `${error.kind}: ${error.message.replace(/:\d{4,5}\b/g, ':PORT')}`
    : `not an OperationError: ${String(error)}`;
}

describe('a redirect', () => {
  it('is followed, also to a relative address', async () => {
    const server = await serve(redirecting('next?a=1'));
    const answer = await client().request({ url: server.url, policy: 'open' });
    expect([answer.text(), answer.url.href]).toEqual(['/next?a=1', `${server.url}/next?a=1`]);
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
    [301, 'PUT', 'PUT', 'body'],
    [302, 'DELETE', 'DELETE', 'body'],
    [303, 'HEAD', 'HEAD', ''],
  ])('%i turns %s into %s with the body %j', async (status, method, then, body) => {
    const server = await serve(redirecting('/next', status));
    const sent = method === 'HEAD' ? {} : { body: 'body', headers: { 'content-type': 'text/plain' } };
    await client().request({ url: server.url, policy: 'open', method, ...sent });
    const { headers, ...last } = server.requests[1]!;
    expect({ ...last, type: headers['content-type'] }).toEqual({
      method: then,
      url: '/next',
      body,
      type: body === '' ? undefined : 'text/plain',
    });
  });

  it.each([300, 304, 305, 306])('is none with the status %i', async (status) => {
    const server = await serve(redirecting('/next', status));
    expect((await client().request({ url: server.url, policy: 'open' })).status).toBe(status);
  });

  it('is none without a location, or where none is to be followed', async () => {
    const silent = await serve((_request, response) => response.writeHead(302).end());
    expect((await client().request({ url: silent.url, policy: 'open' })).status).toBe(302);
    const server = await serve(redirecting('/next'));
    const answer = await client().request({ url: server.url, policy: 'open', redirects: 0 });
    expect([answer.status, answer.headers.location]).toEqual([302, '/next']);
  });

  it('is followed five times and not once more', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end('moved');
    });
    expect((await client().request({ url: `${server.url}/5`, policy: 'open' })).text()).toBe('there');
    expect(await failure(client().request({ url: `${server.url}/6`, policy: 'open', redirects: 99 }))).toBe(
      'failed: A redirect of http://127.0.0.1:PORT was not followed: there were too many',
    );
    expect(server.requests).toHaveLength(6 + 6);
  });

  it.each([
    ['a private address', 'http://10.0.0.1/', /it is not on the public internet/],
    ['this machine', 'http://127.0.0.2/', /it is not on the public internet/],
    ['metadata', 'http://169.254.169.254/latest/meta-data/', /it is not on the public internet/],
    ['mapped metadata', 'http://[::ffff:169.254.169.254]/', /it is not on the public internet/],
    ['a private name', 'http://metadata.google.internal/', /it is not on the public internet/],
    ['a name with a private address', 'http://private.example.com/', /it is not on the public internet/],
    ['another port', 'http://93.184.215.14:22/', /only the ports 80, 443/],
    ['a file', 'file:///etc/passwd', /got another scheme/],
    ['another scheme', 'gopher://127.0.0.1/', /got another scheme/],
    ['a user', 'http://user:secret@example.com/', /got a URL with a user name/],
    ['nothing', 'http://', /got text that is none/],
  ])('is not followed to %s', async (_what, location, message) => {
    const server = await serve(redirecting(location));
    const names = { 'private.example.com': [['10.0.0.1']], 'metadata.google.internal': [['169.254.169.254']] };
    const failed = await failure(client({ names }).request({ url: server.url, policy: 'open' }));
    expect(failed).toMatch(/^failed: /);
    expect(failed).toMatch(message);
    expect(failed).not.toMatch(/10\.0|169\.254|secret|passwd|metadata\./);
  });

  it('of an origin that the operator named is as free as anybody else’s', async () => {
    const inside = await serve((_request, response) => response.end('secret'));
    const server = await serve(redirecting(inside.url));
    const policy = new NamedOrigin('GitHub', server.url);
    expect(await failure(client({ allowedHosts: [] }).request({ url: server.url, policy }))).toMatch(
      /^failed: A redirect of GitHub was not followed: This address may not be reached/,
    );
    expect(inside.sockets.all).toBe(0);
  });

  it('inside an origin that the operator named is followed', async () => {
    const server = await serve(redirecting('/next'));
    const policy = new NamedOrigin('GitHub', server.url);
    expect((await client({ allowedHosts: [] }).request({ url: server.url, policy })).text()).toBe('/next');
  });

  it('takes no credential to another origin, by whatever name', async () => {
    const other = await serve((_request, response) => response.end('there'));
    const server = await serve(redirecting(() => `${other.url}/next`, 307));
    const headers = {
      Authorization: 'Bearer secret',
      cookie: 'session=secret',
      'X-Api-Key': 'secret',
      'x-anything': 'secret',
      'mcp-session-id': 'secret',
      accept: 'text/plain',
      'content-type': 'text/css',
    };
    await client().request({ url: server.url, policy: 'open', method: 'POST', body: 'body', headers });
    expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'secret' });
    expect(other.requests).toEqual([
      {
        method: 'POST',
        url: '/next',
        headers: {
          host: `127.0.0.1:${other.port}`,
          connection: 'keep-alive',
          'user-agent': 'mcp-gateway',
          'accept-encoding': 'gzip, deflate, br',
          accept: 'text/plain',
          'content-type': 'text/css',
          'content-length': '4',
        },
        body: 'body',
      },
    ]);
  });

  it('does not give a credential back after a way round over another origin', async () => {
    const home: { url: string } = { url: '' };
    const other = await serve(redirecting(() => `${home.url}/next`));
    const server = await serve(redirecting(() => other.url));
    home.url = server.url;
    await client().request({ url: server.url, policy: 'open', headers: { authorization: 'Bearer secret' } });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
  });

  it('keeps credentials inside the origin', async () => {
    const server = await serve(redirecting('/next'));
    await client().request({ url: server.url, policy: 'open', headers: { authorization: 'Bearer x' } });
    expect(server.requests[1]?.headers.authorization).toBe('Bearer x');
  });

  it('can’t send a streamed body again', async () => {
    const server = await serve(redirecting('/next', 307));
    const body = Readable.from(['body']);
    expect(await failure(client().request({ url: server.url, policy: 'open', method: 'POST', body }))).toBe(
      'failed: A redirect of http://127.0.0.1:PORT was not followed: the body was sent as a stream and is gone',
    );
  });

  it('does not tell where it led when nobody answers there', async () => {
    const away = await serve(() => undefined);
    await away.close();
    const server = await serve(redirecting(`${away.url}/secret`));
    expect(await failure(client().request({ url: server.url, policy: 'open' }))).toBe(
      'unavailable: The target of a redirect could not be reached, or broke off',
    );
  });

  it('is not waited for when its own body does not end', async () => {
    const server = await serve((request, response) => {
      if (request.url !== '/') return void response.end('there');
      response.writeHead(302, { location: '/next' }).write('x');
    });
    expect((await client().request({ url: server.url, policy: 'open', timeoutMs: 1_000 })).text()).toBe('there');
    await expect.poll(() => server.sockets.open.size, { timeout: 2_000 }).toBeLessThanOrEqual(1);
  });
});

describe('the next request after a redirect', () => {
  const hopTo = (url: string, more: Partial<HttpRequest> = {}) =>
    firstHop({ url, policy: 'open', ...more }, new URL(url));

  it('goes from http to https, never back', () => {
    expect(nextHop(hopTo('http://a.example/'), 302, new URL('https://a.example/')).url.href).toBe('https://a.example/');
    expect(() => nextHop(hopTo('https://a.example/'), 302, new URL('http://a.example/'))).toThrow(
      'A redirect of https://a.example was not followed: it leads from https to http',
    );
  });

  it('counts another scheme, port or subdomain as another origin', () => {
    const from = hopTo('http://a.example/', { headers: { authorization: 'Bearer x' } });
    for (const url of ['https://a.example/', 'http://a.example:8080/', 'http://b.a.example/']) {
      expect(nextHop(from, 307, new URL(url)).headers).not.toHaveProperty('authorization');
    }
  });

  it('reads a location in UTF-8', () => {
    const location = Buffer.from('/grüße').toString('latin1');
    expect(redirectTarget(302, location, new URL('http://a.example/'))).toBe('http://a.example/gr%C3%BC%C3%9Fe');
  });
});
