import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import type { ClientSide, Params } from '../libs/core/src/upstreams/connection.js';
import type { Upstream } from '../libs/core/src/upstreams/upstream.js';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer, sseServer } from './fixtures/upstreams/session-servers.js';
import { startGateway, type TestGateway } from './gateway.js';

let gateway: TestGateway;
let upstreams: SupervisedUpstreams;
let modern: HttpUpstream;
let session: Awaited<ReturnType<typeof sessionServer>>;
let sse: HttpUpstream;
const find = (name: string) => upstreams.find(name)!;

beforeAll(async () => {
  [modern, session, sse] = await Promise.all([modernServer(), sessionServer('v1'), sseServer()]);
  const servers = {
    modern: { url: modern.url, headers: { Authorization: 'Bearer ${TOKEN_OF_TEST}' } },
    session: { url: session.url, type: 'http' },
    sse: { url: sse.url, type: 'sse' },
    found: { url: sse.url },
  };
  const env = { MCP_SERVERS: JSON.stringify(servers), TOKEN_OF_TEST: 'the-token-of-the-upstream' };
  gateway = await startGateway({ env });
  upstreams = gateway.gateway.app.get(SupervisedUpstreams);
  await Promise.all(Object.keys(servers).map((name) => find(name).reached(20_000)));
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([modern, session, sse].map((server) => server.close()));
});

async function call(upstream: Upstream, name: string, input: Params = {}, more: object = {}): Promise<string> {
  const signal = AbortSignal.timeout(30_000);
  const { content } = await upstream.request('tools/call', { name, arguments: input }, { signal, ...more });
  return (content as [{ text: string }])[0].text;
}

function askableClient(name: string): ClientSide {
  return {
    capabilities: { elicitation: {} },
    ask: () => Promise.resolve({ action: 'accept', content: { name } }),
    notify: () => undefined,
  };
}

const opened = ({ requests }: HttpUpstream) => requests.filter(({ body }) => body?.method === 'initialize').length;

describe.each(['modern', 'session', 'sse', 'found'])('an upstream over HTTP, %s', (name) => {
  it('offers what it lists, and answers', async () => {
    const { tools, resources, prompts, instructions } = find(name).offer;
    expect(tools.map((tool) => tool.name)).toContain('echo');
    expect(resources).toEqual([{ uri: 'fixture://watched', name: 'watched' }]);
    expect(prompts).toEqual([{ name: 'greet' }]);
    expect(instructions).toBe('Be kind');
    expect(await call(find(name), 'echo', { message: 'hi' })).toBe('hi');
  });

  it('asks each of 50 clients its own question', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `client ${n}`);
    const answers = names.map((who) => call(find(name), 'ask', {}, { client: askableClient(who), owner: who }));
    expect(await Promise.all(answers)).toEqual(names.map((who) => `accept ${who}`));
    for (const who of names) find(name).release(who);
  });

  it('asks on the stream that its calls share, and each client is asked about its own', async () => {
    const askedOf = (who: string) => {
      const asked: unknown[] = [];
      const client: ClientSide = {
        ...askableClient(who),
        ask: (_method, { message }) => {
          asked.push(message);
          return Promise.resolve({ action: 'accept', content: { name: who } });
        },
      };
      return { client, asked };
    };
    const ask = (who: string, client: ClientSide) =>
      call(find(name), 'ask_apart', { message: `to ${who}` }, { client, owner: 'one session' });
    // while something else runs it is not clear yet whose the first question is
    const other = askedOf('other');
    const waits = call(find(name), 'wait', { ms: 100 }, { client: other.client, owner: 'one session' });
    const first = askedOf('first');
    expect(await ask('first', first.client)).toBe('first');
    expect([await waits, first.asked, other.asked]).toEqual(['waited', ['to first'], []]);

    const names = Array.from({ length: 20 }, (_, n) => `call ${n}`);
    const clients = names.map(askedOf);
    expect(await Promise.all(names.map((who, n) => ask(who, clients[n]!.client)))).toEqual(names);
    expect(clients.map(({ asked }) => asked)).toEqual(names.map((who) => [`to ${who}`]));
    find(name).release('one session');
  });

  it('tells of a resource that somebody listens to', async () => {
    const uri = 'fixture://watched';
    const updated = new Promise((resolve) => {
      const stop = upstreams.onChange((change) => {
        if (change.kind !== 'updated' || change.upstream !== name) return;
        stop();
        resolve(change.uri);
      });
    });
    const signal = AbortSignal.timeout(30_000);
    await find(name).request('resources/subscribe', { uri }, { signal, owner: 'a' });
    await call(find(name), 'update');
    expect(await updated).toBe(uri);
    find(name).release('a');
  });
});

describe('an upstream of 2026-07-28', () => {
  it('is told of each call what its client can be asked for, on one connection', async () => {
    await call(find('modern'), 'echo', { message: 'x' }, { client: askableClient('a'), owner: 'a' });
    await call(find('modern'), 'echo', { message: 'y' });
    const declared = modern.requests
      .filter(({ body }) => body?.method === 'tools/call')
      .slice(-2)
      .map(({ body }) => ((body?.params as Params)._meta as Params)['io.modelcontextprotocol/clientCapabilities']);
    expect(declared).toEqual([{ elicitation: {} }, {}]);
    expect(opened(modern)).toBe(0);
  });

  it('gets the headers of the config, with their variables filled in', () => {
    const sent = new Set(modern.requests.map(({ headers }) => headers.authorization));
    expect([...sent]).toEqual(['Bearer the-token-of-the-upstream']);
  });
});

describe('a session that an upstream has forgotten', () => {
  it('is opened again, and what is safe is asked again', async () => {
    session.forgetSessions();
    const signal = AbortSignal.timeout(30_000);
    const { contents } = await find('session').request('resources/read', { uri: 'fixture://watched' }, { signal });
    expect(contents).toEqual([{ uri: 'fixture://watched', text: 'watched' }]);
    expect(find('session').status().state).toBe('ready');
  });

  it('fails a call that may change something, once', async () => {
    session.forgetSessions();
    const lost = call(find('session'), 'echo', { message: 'x' });
    await expect(lost).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    expect(await call(find('session'), 'echo', { message: 'again' })).toBe('again');
  });
});

describe('an upstream that goes away', () => {
  it('is said to be degraded or unavailable, and used again when it is back', async () => {
    await modern.close();
    await expect(call(find('modern'), 'echo', { message: 'x' })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(find('modern').status()).toMatchObject({ state: 'degraded', lastFailure: { stage: 'call' } });
    expect(await call(find('session'), 'echo', { message: 'untouched' })).toBe('untouched');
  });
});
