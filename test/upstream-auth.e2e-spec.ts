import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '#libs/core';
import { authorizedServer } from './fixtures/upstreams/authorized-server.js';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

type Guarded = Awaited<ReturnType<typeof authorizedServer>>;

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
let fixtures: HttpUpstream[];
let own: Guarded;
let personal: Guarded;
let elsewhere: Guarded;
let people: Record<'ann' | 'bob', { 'x-mcp-key': string }>;

beforeAll(async () => {
  fixtures = await Promise.all([modernServer(), sessionServer('v1')]);
  const [modern, session] = fixtures as [HttpUpstream, HttpUpstream];
  own = await authorizedServer(modern);
  personal = await authorizedServer(session);
  elsewhere = await authorizedServer(session, { metadataPath: '/about/mcp.json', scope: 'files:read' });
  const port = await freePort();
  const client = { type: 'client-credentials', clientId: 'gateway', clientSecret: '${UPSTREAM_SECRET}' };
  const servers = {
    own: { url: own.url, auth: { ...client, issuer: own.issuer } },
    foreign: { url: own.url, auth: { ...client, issuer: 'https://id.example.com' } },
    wrong: { url: own.url, auth: { ...client, clientSecret: 'another', issuer: own.issuer } },
    personal: { url: personal.url, auth: { type: 'authorization-code' } },
    elsewhere: { url: elsewhere.url, auth: { type: 'authorization-code' } },
    'own-elsewhere': { url: elsewhere.url, auth: { ...client, issuer: elsewhere.issuer } },
  };
  gateway = await startGateway({
    env: {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      UPSTREAM_SECRET: 'its-secret',
      MCP_SERVERS: JSON.stringify(servers),
    },
  });
  people = { ann: await keyFor('ann'), bob: await keyFor('bob') };
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([own, personal, elsewhere, ...fixtures].map((each) => each.close()));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function keyFor(name: string) {
  const { body } = await gateway.post('/admin/api-keys', { name, permissions: ['read', 'write'] }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

const echo = (upstream: string, message: string, who: Record<string, string> = admin) =>
  gateway.post(`/api/services/${upstream}/echo`, { message }, who);

function textOf({ status, body }: Answer): unknown {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { data: { content: { text: string }[] } }).data.content[0]?.text;
}

describe('an upstream that the gateway uses as a client of its own', () => {
  it('is called with a token that is fetched for it, and used by all', async () => {
    await reached('own');
    expect(textOf(await echo('own', 'a', people.ann))).toBe('a');
    expect(new Set(own.seen.subjects)).toEqual(new Set(['gateway itself']));
  });

  it('is called with another token where one is refused', async () => {
    own.revokeAccess();
    expect(textOf(await echo('own', 'b'))).toBe('b');
  });

  it.each(['foreign', 'wrong'])('is unavailable with credentials that are %s, which nobody is told', async (name) => {
    const { body } = await eventually(
      () => gateway.get(`/mcp/service/${name}`, admin),
      ({ body }) => (body as { status: string }).status === 'unavailable',
    );
    expect(body).toMatchObject({ reason: expect.stringContaining('gave the gateway no token') as string });
    expect(JSON.stringify(body)).not.toContain('its-secret');
  });
});

describe('an upstream that each caller authorizes', () => {
  const needed = async (who: Record<string, string>): Promise<URL> => {
    const answer = await echo('personal', 'x', who);
    expect(answer).toMatchObject({ status: 422, body: { error: { kind: 'failed' } } });
    return new URL(
      (answer.body as { error: { details: { authorizationUrl: string } } }).error.details.authorizationUrl,
    );
  };
  const visit = async (url: URL, login: string): Promise<Response> => {
    url.searchParams.set('login', login);
    const redirect = await fetch(url, { redirect: 'manual' });
    return fetch(redirect.headers.get('location')!);
  };

  it('tells a caller where its person has to go, and works once they were there', async () => {
    // the tools of an upstream that nobody has used yet are not known
    const first = await gateway.post('/mcp/servers/personal', initialize, people.ann);
    const said = (first.body as { error: { message: string } }).error.message;
    const url = new URL(/open (\S+) in a browser/.exec(said)![1]!);
    expect([url.origin, url.searchParams.get('code_challenge_method')]).toEqual([personal.issuer, 'S256']);
    const done = await visit(url, 'Ann');
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('may now use personal')]);
    expect((await gateway.post('/mcp/servers/personal', initialize, people.ann)).status).toBe(200);
    expect(textOf(await echo('personal', 'hi', people.ann))).toBe('hi');
    expect(personal.seen.subjects.at(-1)).toBe('Ann');
  });

  it('is one caller’s own: another one needs another authorization', async () => {
    const url = await needed(people.bob);
    expect((await visit(url, 'Bob')).status).toBe(200);
    // the last to come are also those that list what there is, in the background
    const cameBy = (subject: string) => personal.seen.subjects.filter((each) => each === subject).length;
    const before = cameBy('Ann');
    expect(textOf(await echo('personal', 'hi', people.bob))).toBe('hi');
    expect([cameBy('Bob') > 0, cameBy('Ann')]).toEqual([true, before]);
    expect(textOf(await echo('personal', 'hi', people.ann))).toBe('hi');
    expect(cameBy('Ann')).toBe(before + 1);
  });

  it('keeps the link until it is used, and gives no second one meanwhile', async () => {
    const carl = await keyFor('carl');
    const [one, other] = [await needed(carl), await needed(carl)];
    expect(other.href).toBe(one.href);
  });

  it('refreshes a token that is over, once for all calls', async () => {
    const before = personal.seen.refreshes;
    personal.revokeAccess();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => echo('personal', String(n), people.ann)));
    expect(answers.map(textOf)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    expect(personal.seen.refreshes).toBe(before + 1);
  });

  it('outlives a restart, sealed in the store', async () => {
    await gateway.restart();
    expect(textOf(await echo('personal', 'again', people.ann))).toBe('again');
    const rows: unknown[] = await gateway.gateway.app
      .get(Store)
      .run((manager) => manager.query('SELECT sealed FROM upstream_grants'));
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toMatch(/access_token|refresh_token|verifier/);
  });

  it.each([
    ['made up', 'nonsense'],
    ['empty', ''],
  ])('takes no state that is %s', async (_what, state) => {
    const { status } = await gateway.get(`/oauth/callback?state=${state}&code=x`);
    expect(status).toBe(400);
  });

  it('takes each code once', async () => {
    const dora = await keyFor('dora');
    const url = await needed(dora);
    url.searchParams.set('login', 'Dora');
    const location = (await fetch(url, { redirect: 'manual' })).headers.get('location')!;
    expect((await fetch(location)).status).toBe(200);
    expect((await fetch(location)).status).toBe(422);
  });
});

describe('an upstream that describes itself elsewhere, and says so when it refuses', () => {
  it('is used by the gateway as a client of its own', async () => {
    await reached('own-elsewhere');
    expect(textOf(await echo('own-elsewhere', 'a'))).toBe('a');
  });

  it('is authorized by its callers for what it asks', async () => {
    const first = await gateway.post('/mcp/servers/elsewhere', initialize, people.ann);
    const said = (first.body as { error: { message: string } }).error.message;
    const url = new URL(/open (\S+) in a browser/.exec(said)![1]!);
    expect([url.origin, url.searchParams.get('scope')]).toEqual([new URL(elsewhere.issuer).origin, 'files:read']);
    const redirect = await fetch(url, { redirect: 'manual' });
    expect((await fetch(redirect.headers.get('location')!)).status).toBe(200);
    expect((await gateway.post('/mcp/servers/elsewhere', initialize, people.ann)).status).toBe(200);
    expect(textOf(await echo('elsewhere', 'hi', people.ann))).toBe('hi');
    elsewhere.revokeAccess();
    expect(textOf(await echo('elsewhere', 'again', people.ann))).toBe('again');
  });
});

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

function reached(name: string): Promise<Answer> {
  return gateway.post(`/mcp/servers/${name}`, initialize, admin);
}

async function eventually(ask: () => Promise<Answer>, isThere: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
