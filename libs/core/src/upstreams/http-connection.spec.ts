import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { AnswerLostError, NamedOrigin } from '#libs/outbound';
import { modernServer } from '../../../../test/fixtures/upstreams/modern-server.js';
import { recordingServer, type HttpUpstream } from '../../../../test/fixtures/upstreams/recording-server.js';
import { sessionServer, sseServer } from '../../../../test/fixtures/upstreams/session-servers.js';
import type { ClientSide, Params, UpstreamConnection } from './connection.js';
import { UpstreamError } from './connection.js';
import { isSessionLost } from './http-exchange.js';
import { HttpConnection, type HttpConnectionOptions } from './http-connection.js';
import { openHttp } from './open-http.js';
import { SseConnection } from './sse-connection.js';
import { httpClient } from './testing/http-client.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const forever = () => new AbortController().signal;
const everything = { elicitation: {}, sampling: {}, roots: {} };

async function started<T extends HttpUpstream>(starting: Promise<T>): Promise<T> {
  const upstream = await starting;
  cleanUps.push(() => upstream.close());
  return upstream;
}

function optionsFor(upstream: HttpUpstream, more: Partial<HttpConnectionOptions> = {}): HttpConnectionOptions {
  const policy = new NamedOrigin('fixture', upstream.url);
  return { name: 'fixture', url: upstream.url, policy, clientCapabilities: everything, signal: forever(), ...more };
}

async function open(upstream: HttpUpstream, more: Partial<HttpConnectionOptions> = {}): Promise<HttpConnection> {
  const outbound = await httpClient();
  cleanUps.push(() => outbound.close());
  const connection = await HttpConnection.open(outbound.client, optionsFor(upstream, more));
  cleanUps.push(() => connection.close());
  return connection;
}

async function openSse(upstream: HttpUpstream): Promise<SseConnection> {
  const outbound = await httpClient();
  cleanUps.push(() => outbound.close());
  const connection = await SseConnection.open(outbound.client, optionsFor(upstream));
  cleanUps.push(() => connection.close());
  return connection;
}

/** A client that answers with its own name and keeps what it is told. */
function clientNamed(name: string) {
  const told: [method: string, params: Params][] = [];
  const client: ClientSide = {
    capabilities: everything,
    ask: (method) => {
      if (method === 'roots/list') return Promise.resolve({ roots: [{ uri: `file:///${name}` }] });
      if (method === 'elicitation/create') return Promise.resolve({ action: 'accept', content: { name } });
      return Promise.resolve({ role: 'assistant', model: 'm', content: { type: 'text', text: name } });
    },
    notify: (method, params) => told.push([method, params]),
  };
  return { client, told };
}

const call = (name: string, input: Params = {}, meta?: Params) => ({
  name,
  arguments: input,
  ...(meta && { _meta: meta }),
});
const textOf = ({ content }: Params) => (content as [{ text: string }])[0].text;

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

interface Kind {
  name: string;
  revision: string;
  serverInfo: string;
  /** Whether requests of the server come on the stream of the call that they belong to. */
  ownStreams: boolean;
  start(): Promise<HttpUpstream>;
  open(upstream: HttpUpstream): Promise<UpstreamConnection>;
}

const kinds: Kind[] = [
  { name: 'of 2026-07-28', revision: '2026-07-28', serverInfo: 'modern-server', start: modernServer },
  { name: 'with sessions (SDK v1)', revision: '2025-11-25', start: () => sessionServer('v1') },
  { name: 'with sessions (SDK v2)', revision: '2025-11-25', start: () => sessionServer('v2') },
  { name: 'with only server-sent events', revision: '2025-11-25', start: sseServer, open: openSse, ownStreams: false },
].map((kind) => ({ open, serverInfo: 'session-server', ownStreams: true, ...kind }));

describe.each(kinds)('a server $name', ({ revision, serverInfo, start, open: openKind }) => {
  async function connected() {
    const upstream = await started(start());
    return { upstream, connection: await openKind(upstream) };
  }

  it('agrees on the revision', async () => {
    const { connection } = await connected();
    expect([connection.revision, connection.serverInfo.name, connection.instructions]).toEqual([
      revision,
      serverInfo,
      'Be kind',
    ]);
    expect(connection.capabilities).toMatchObject({ tools: { listChanged: true } });
  });

  it('gives 50 calls at once their own answers', async () => {
    const { connection } = await connected();
    const messages = Array.from({ length: 50 }, (_, n) => `message ${n} ✓`);
    const answers = messages.map((message) =>
      connection.request('tools/call', call('echo', { message }), { signal: forever() }),
    );
    expect((await Promise.all(answers)).map(textOf)).toEqual(messages);
  });

  it('reports progress under the token that each client gave', async () => {
    const { connection } = await connected();
    const clients = [clientNamed('a'), clientNamed('b')];
    const work = clients.map(({ client }) =>
      connection.request('tools/call', call('count', { to: 2 }, { progressToken: 'same' }), {
        signal: forever(),
        client,
      }),
    );
    await Promise.all(work);
    for (const { told } of clients) {
      expect(told).toMatchObject([
        ['notifications/progress', { progressToken: 'same', progress: 1, total: 2 }],
        ['notifications/progress', { progressToken: 'same', progress: 2, total: 2 }],
      ]);
    }
  });

  it.each([
    ['ask', 'accept Ada'],
    ['sample', 'Ada'],
    ['roots', '[{"uri":"file:///Ada"}]'],
  ])('reaches the client of its only call by %s', async (tool, expected) => {
    const { connection } = await connected();
    const { client } = clientNamed('Ada');
    const answer = await connection.request('tools/call', call(tool), { signal: forever(), client });
    expect(textOf(answer)).toBe(expected);
  });

  it('hears of a call that is cancelled', async () => {
    const { connection, upstream } = await connected();
    const controller = new AbortController();
    const answer = connection.request('tools/call', call('wait', { ms: 60_000 }), { signal: controller.signal });
    await expect.poll(() => upstream.requests.some(({ body }) => body?.method === 'tools/call')).toBe(true);
    controller.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    await expect.poll(() => upstream.seen.cancelled).toBe(1);
  });

  it('tells its own errors unchanged', async () => {
    const { connection } = await connected();
    const error = await failure(connection.request('tools/call', call('nope'), { signal: forever() }));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({
      code: -32602,
      message: expect.stringMatching(/No tool nope$/),
      data: { name: 'nope' },
    });
  });

  it('tells of changed lists and resources', async () => {
    const { connection, upstream } = await connected();
    const told: string[] = [];
    connection.onNotification((method, { uri }) => told.push(typeof uri === 'string' ? `${method} ${uri}` : method));
    await connection.request('resources/subscribe', { uri: 'fixture://watched' }, { signal: forever() });
    const isListening = ({ method, body }: HttpUpstream['requests'][number]) =>
      method === 'GET' || JSON.stringify(body?.params ?? {}).includes('"resourceSubscriptions":["fixture://watched"]');
    await expect.poll(() => upstream.requests.some(isListening)).toBe(true);
    await connection.request('tools/call', call('grow'), { signal: forever() });
    await connection.request('tools/call', call('update'), { signal: forever() });
    await expect
      .poll(() => told)
      .toEqual(['notifications/tools/list_changed', 'notifications/resources/updated fixture://watched']);
  });

  it('leaves no socket behind once it is closed and its pool idle', async () => {
    const upstream = await started(start());
    const outbound = await httpClient();
    const connection = await (openKind === open ? HttpConnection : SseConnection).open(
      outbound.client,
      optionsFor(upstream),
    );
    await connection.close();
    expect(await connection.ended).toEqual({ stage: 'closed', message: 'it was closed' });
    await expect(connection.request('tools/list', {}, { signal: forever() })).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await outbound.close();
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  it('that goes away fails its calls', async () => {
    const { connection, upstream } = await connected();
    const waiting = failure(connection.request('tools/call', call('wait', { ms: 60_000 }), { signal: forever() }));
    await expect.poll(() => upstream.requests.some(({ body }) => body?.method === 'tools/call')).toBe(true);
    await upstream.close();
    expect(await waiting).toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    const error = await failure(connection.request('tools/call', call('echo'), { signal: forever() }));
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect((error as Error).message).not.toContain('127.0.0.1');
  });
});

// with only server-sent events nobody can tell which call is meant
describe.each(kinds.filter(({ ownStreams }) => ownStreams))('a server $name', ({ start }) => {
  it('asks each of 20 clients about its own call', async () => {
    const connection = await open(await started(start()));
    const names = Array.from({ length: 20 }, (_, n) => `client-${n}`);
    const answers = names.map((name) =>
      connection.request('tools/call', call('ask'), { signal: forever(), client: clientNamed(name).client }),
    );
    expect((await Promise.all(answers)).map(textOf)).toEqual(names.map((name) => `accept ${name}`));
  });
});

describe('a request of 2026-07-28', () => {
  it('says in headers what its body says', async () => {
    const upstream = await started(modernServer());
    const connection = await open(upstream, { headers: { Authorization: 'Bearer secret' } });
    const { tools } = (await connection.request('tools/list', {}, { signal: forever() })) as {
      tools: { name: string; inputSchema: Params }[];
    };
    const inputSchema = tools.find(({ name }) => name === 'region')?.inputSchema;
    const params = call('region', { region: 'Zürich' });
    const answer = await connection.request('tools/call', params, { signal: forever(), inputSchema });
    expect(textOf(answer)).toBe('Zürich');
    expect(upstream.requests.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'region',
      'mcp-param-region': '=?base64?WsO8cmljaA==?=',
    });
  });
});

describe('a session', () => {
  it('is named on every message, and ended at the close', async () => {
    const upstream = await started(sessionServer('v1'));
    const connection = await open(upstream);
    await connection.request('tools/list', {}, { signal: forever() });
    await connection.close();
    const inSession = upstream.requests.filter(({ headers }) => headers['mcp-session-id'] !== undefined);
    expect(upstream.requests[0]).toMatchObject({ body: { method: 'server/discover' } });
    expect(upstream.requests[1]).toMatchObject({ body: { method: 'initialize' } });
    expect(upstream.requests[1]?.headers).not.toHaveProperty('mcp-protocol-version');
    expect(inSession.map(({ method, body }) => `${method} ${body?.method as string}`).sort()).toEqual([
      'DELETE undefined',
      'GET undefined',
      'POST notifications/initialized',
      'POST tools/list',
    ]);
    for (const { headers } of inSession) expect(headers['mcp-protocol-version']).toBe('2025-11-25');
  });

  it('is opened at once where the server is known to have sessions', async () => {
    const upstream = await started(sessionServer('v2'));
    await open(upstream, { era: 'session' });
    expect(upstream.requests[0]).toMatchObject({ body: { method: 'initialize' } });
  });

  it('that the server has lost ends the connection', async () => {
    const upstream = await started(sessionServer('v1'));
    const connection = await open(upstream);
    upstream.forgetSessions();
    await expect(connection.request('tools/list', {}, { signal: forever() })).rejects.toMatchObject({
      kind: 'unavailable',
      details: { retryable: true },
    });
    expect(await connection.ended).toMatchObject({ stage: 'session' });
  });

  it('that is lost while a call is under way leaves open whether that was done, and tells of what was refused', async () => {
    let calls = 0;
    const upstream = await started(
      oddServer((_request, response) => {
        calls += 1;
        if (calls > 1) response.writeHead(404).end();
      }),
    );
    const connection = await open(upstream);
    const add = () => failure(connection.request('tools/call', call('add'), { signal: forever() }));
    const first = add();
    await expect.poll(() => calls).toBe(1);
    const refused = await add();
    expect([await first, refused].map((error) => [error instanceof AnswerLostError, isSessionLost(error)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('that is not known a moment after it was given is no connection', async () => {
    const upstream = await started(
      recordingServer((_request, response, body) => {
        if (body?.method !== 'initialize') return response.writeHead(404).end();
        response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' });
        return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: initialized }));
      }),
    );
    await expect(open(upstream, { era: 'session' })).rejects.toMatchObject({ kind: 'unavailable', stage: 'session' });
  });
});

const initialized = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'odd', version: '1' } };

/** A server with sessions that answers `tools/call` in a way of its own. */
function oddServer(answer: Parameters<typeof recordingServer>[0]) {
  return recordingServer((request, response, body, upstream) => {
    if (body?.method === 'tools/call' || request.headers['last-event-id'] !== undefined) {
      return answer(request, response, body, upstream);
    }
    if (body?.method === 'initialize') {
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: initialized }));
    }
    return response.writeHead(body?.method === 'notifications/initialized' ? 202 : 405).end();
  });
}

const events = { 'content-type': 'text/event-stream' };
const answerTo = (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ text: 'there' }] } });

describe('a stream that is cut in the middle', () => {
  it.each(['cut', 'closed'])('is taken up again where it was %s', async (how) => {
    let id: unknown;
    const upstream = await started(
      oddServer((request, response, body) => {
        response.writeHead(200, events);
        if (request.method === 'GET') return response.end(`id: 2\r\ndata: ${answerTo(id)}\r\n\r\n`);
        id = body?.id;
        response.write(': hello\n\nid: 1\nretry: 10\ndata:\n\n');
        return how === 'cut' ? setTimeout(() => response.destroy(), 20) : response.end();
      }),
    );
    const connection = await open(upstream);
    const answer = await connection.request('tools/call', call('x'), { signal: forever() });
    expect(textOf(answer)).toBe('there');
    expect(upstream.requests.at(-1)).toMatchObject({
      method: 'GET',
      headers: { 'last-event-id': '1', 'mcp-session-id': 's1' },
    });
  });

  it('fails its call where it can’t be taken up', async () => {
    const upstream = await started(
      oddServer((_request, response) => {
        response.writeHead(200, events).write('data: {}\n\n');
        setTimeout(() => response.destroy(), 20);
      }),
    );
    const connection = await open(upstream);
    await expect(connection.request('tools/call', call('x'), { signal: forever() })).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'The upstream fixture broke off in the middle of its answer',
    });
  });

  it('leaves open whether its call was done where the session is lost meanwhile', async () => {
    const upstream = await started(
      oddServer((request, response) => {
        if (request.method === 'GET') return response.writeHead(404).end();
        return response.writeHead(200, events).end('id: 1\nretry: 10\ndata:\n\n');
      }),
    );
    const connection = await open(upstream);
    const error = await failure(connection.request('tools/call', call('x'), { signal: forever() }));
    expect([error instanceof AnswerLostError, isSessionLost(error)]).toEqual([true, true]);
    expect(await connection.ended).toMatchObject({ stage: 'session' });
  });
});

type Odd = [what: string, answer: Parameters<typeof recordingServer>[0], kind: string, message: RegExp];

const oddities: Odd[] = [
  ['garbage', (_, response) => response.end('<html>'), 'failed', /no message of MCP/],
  ['a batch of nothing', (_, response) => response.end('[null, 5, []]'), 'failed', /no answer/],
  ['nothing', (_, response) => response.writeHead(202).end(), 'failed', /no message|no answer/],
  ['another answer', (_, response) => response.end('{"jsonrpc":"2.0","id":999,"result":{}}'), 'failed', /no answer/],
  ['a huge message', (_, response) => response.end(Buffer.alloc(9 * 1024 * 1024, 0x20)), 'failed', /more than 8388608/],
  [
    'a huge event',
    (_, response) => response.writeHead(200, events).end(`data: ${'x'.repeat(9 * 1024 * 1024)}\n\n`),
    'failed',
    /more than 8388608/,
  ],
  ['a 401', (_, response) => response.writeHead(401).end(), 'unavailable', /^The upstream fixture does not accept/],
  ['a 503', (_, response) => response.writeHead(503).end(), 'unavailable', /status 503/],
  [
    'a redirect to another origin',
    (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/mcp' }).end(),
    'unavailable',
    /leads elsewhere/,
  ],
  [
    'a redirect that makes it a GET',
    (_, response) => response.writeHead(302, { location: '/other' }).end(),
    'unavailable',
    /leads elsewhere/,
  ],
];

describe('an answer that is none', () => {
  it.each(oddities)('is an error: %s', async (_what, answer, kind, message) => {
    const connection = await open(await started(oddServer(answer)));
    const error = await failure(connection.request('tools/call', call('x'), { signal: forever() }));
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('127.0.0.1');
  });

  it('with two content types is read all the same', async () => {
    const upstream = await started(
      oddServer((_request, response, body) => {
        response.writeHead(200, ['content-type', 'application/json', 'content-type', 'application/json']);
        response.end(answerTo(body?.id));
      }),
    );
    const connection = await open(upstream);
    const answer = await connection.request('tools/call', call('x'), { signal: forever() });
    expect(textOf(answer)).toBe('there');
  });

  it.each([
    ['that never comes', () => undefined],
    ['that never ends', endless],
  ] as [string, Parameters<typeof recordingServer>[0]][])('%s is given up with its call', async (_what, answer) => {
    const upstream = await started(oddServer(answer));
    const connection = await open(upstream);
    const controller = new AbortController();
    const waiting = failure(connection.request('tools/call', call('x'), { signal: controller.signal }));
    await expect.poll(() => upstream.requests.some(({ body }) => body?.method === 'tools/call')).toBe(true);
    const late = new OperationError('deadline', 'too late');
    controller.abort(late);
    expect(await waiting).toBe(late);
  });
});

const endless: Parameters<typeof recordingServer>[0] = (_request, response) => {
  response.writeHead(200, events);
  const writing = setInterval(() => response.write('data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n'), 1);
  response.once('close', () => clearInterval(writing));
};

describe('opening', () => {
  it('follows a redirect within the origin', async () => {
    const upstream = await started(
      recordingServer((request, response, body) => {
        if (request.url === '/mcp') return response.writeHead(308, { location: '/mcp/' }).end();
        if (body?.method !== 'initialize') return response.writeHead(404).end();
        response.setHeader('content-type', 'application/json');
        return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: initialized }));
      }),
    );
    expect(await open(upstream)).toMatchObject({ revision: '2025-11-25' });
  });

  it.each([
    ['Streamable HTTP', () => sessionServer('v1'), 'HttpConnection'],
    ['only server-sent events', sseServer, 'SseConnection'],
  ] as const)('finds out that a server has %s', async (_what, start, expected) => {
    const upstream = await started<HttpUpstream>(start());
    const outbound = await httpClient();
    cleanUps.push(() => outbound.close());
    const connection = await openHttp(outbound.client, optionsFor(upstream));
    cleanUps.push(() => connection.close());
    expect([connection.constructor.name, connection.revision]).toEqual([expected, '2025-11-25']);
  });

  it('says what a server said that has neither', async () => {
    const upstream = await started(recordingServer((_request, response) => response.writeHead(404).end()));
    const outbound = await httpClient();
    cleanUps.push(() => outbound.close());
    await expect(openHttp(outbound.client, optionsFor(upstream))).rejects.toThrow(/status 404/);
  });

  it.each([
    ['refuses the credentials', 401, 'handshake', /does not accept the gateway's credentials \(401\)/],
    ['is broken', 500, 'handshake', /status 500/],
  ] as const)('says that the server %s', async (_what, status, stage, message) => {
    const upstream = await started(recordingServer((_request, response) => response.writeHead(status).end()));
    expect(await failure(open(upstream))).toMatchObject({
      kind: 'unavailable',
      stage,
      message: expect.stringMatching(message),
    });
  });

  it('of a server that is not there says so', async () => {
    const upstream = await recordingServer(() => undefined);
    await upstream.close();
    expect(await failure(open(upstream))).toMatchObject({ kind: 'unavailable', stage: 'transport' });
  });

  it('never tells the address, whoever named it', async () => {
    const upstream = await recordingServer(() => undefined);
    await upstream.close();
    const refused = (await failure(open(upstream, { policy: 'open' }))) as Error;
    const { client, close } = await httpClient();
    cleanUps.push(close);
    const unresolved = { ...optionsFor(upstream), url: 'http://nowhere.invalid/mcp', policy: 'open' as const };
    const missing = (await failure(HttpConnection.open(client, unresolved))) as Error;
    expect(refused.message).not.toContain('127.0.0.1');
    expect(missing.message).toMatch(/^The upstream fixture could not be/);
  });

  it('of a server that hangs ends by its signal', async () => {
    const upstream = await started(recordingServer(() => undefined));
    const late = new OperationError('deadline', 'too late');
    const controller = new AbortController();
    const opening = failure(open(upstream, { signal: controller.signal }));
    await expect.poll(() => upstream.requests.length).toBe(1);
    controller.abort(late);
    expect(await opening).toBe(late);
  });

  it('two hundred times leaves no descriptor', async () => {
    const upstream = await started(sessionServer('v1'));
    const outbound = await httpClient();
    const openAndClose = async () => {
      const connection = await HttpConnection.open(outbound.client, optionsFor(upstream, { era: 'session' }));
      await connection.close();
    };
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, openAndClose));
    await outbound.close();
    await expect.poll(() => readdirSync('/proc/self/fd').length, { timeout: 5_000 }).toBeLessThanOrEqual(before);
  }, 60_000);
});
