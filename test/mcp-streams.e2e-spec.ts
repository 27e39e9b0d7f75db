import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { EventReader } from './event-reader.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [BenchModule] });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.aborted.length = 0;
});

type Headers = Record<string, string>;
const accept = 'application/json, text/event-stream';
const request = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const call = (tool: string, input: object, id: unknown = 1, meta: object = {}) =>
  request('tools/call', { name: `bench_${tool}`, arguments: input, _meta: meta }, id);

async function openSession(revision = '2025-11-25', key: Headers = {}): Promise<Headers> {
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const { headers } = await gateway.post('/mcp', request('initialize', hello), { accept, ...key });
  return { ...key, accept, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': revision };
}

const open = (method: string, headers: Headers, body?: unknown) => EventReader.open(gateway.url, method, headers, body);

const step = (n: number, token: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: token, progress: n, total: 2, message: `step ${n}` },
});
const counted = (id: unknown) => ({ jsonrpc: '2.0', id, result: { structuredContent: { counted: 2 } } });

describe('a call in a session', () => {
  it('is answered as JSON when nothing is told before', async () => {
    const answer = await gateway.post('/mcp', call('count', { to: 2 }), await openSession());
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toMatchObject(counted(1));
  });

  it('tells its progress on a stream when the client gave a token', async () => {
    const events = await open('POST', await openSession(), call('count', { to: 2 }, 7, { progressToken: 't' }));
    const [opening, ...told] = await events.rest();
    expect(opening).toEqual({ id: expect.any(String) as string });
    expect(told.map(({ message }) => message)).toMatchObject([step(1, 't'), step(2, 't'), counted(7)]);
  });

  it('tells the lines that it writes, from the level on that the client set', async () => {
    const session = await openSession();
    await gateway.post('/mcp', request('logging/setLevel', { level: 'info' }), session);
    const events = await open('POST', session, call('count', { to: 2 }));
    expect((await events.rest()).map(({ message }) => message?.method ?? message?.id)).toEqual([
      undefined,
      'notifications/message',
      1,
    ]);
    await gateway.post('/mcp', request('logging/setLevel', { level: 'error' }), session);
    expect((await gateway.post('/mcp', call('count', { to: 2 }), session)).body).toMatchObject(counted(1));
  });

  it('becomes a stream when it takes long, and is answered there', async () => {
    const events = await open('POST', await openSession(), call('count', { to: 2, everyMs: 700 }));
    expect(events.response.headers['content-type']).toBe('text/event-stream');
    expect((await events.rest()).at(-1)?.message).toMatchObject(counted(1));
  });

  it('is ended by notifications/cancelled', async () => {
    const session = await openSession();
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const answer = gateway.post('/mcp', call('wait', {}, 'slow'), session);
    await running;
    await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow' } },
      session,
    );
    await answer;
    expect(seen.aborted).toHaveLength(1);
  });

  it('with the id of another session’s call is not ended by that one’s word', async () => {
    const [one, other] = await Promise.all([openSession(), openSession()]);
    const answer = gateway.post('/mcp', call('count', { to: 2, everyMs: 100 }, 'same'), one);
    await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'same' } },
      other,
    );
    expect((await answer).body).toMatchObject(counted('same'));
  });

  it('ends when its client leaves before there is a stream to come back to', async () => {
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const session = await openSession();
    const sent = httpRequest(new URL('/mcp', gateway.url), {
      method: 'POST',
      headers: { ...session, 'content-type': 'application/json' },
    });
    sent.once('error', () => undefined);
    sent.end(JSON.stringify(call('wait', {})));
    await running;
    sent.destroy();
    await expect.poll(() => seen.aborted.length).toBe(1);
  });

  it('goes on when the client loses a stream, which is resumed where it broke', async () => {
    const session = await openSession();
    const broken = await open('POST', session, call('count', { to: 2, everyMs: 300 }, 7, { progressToken: 't' }));
    await broken.next();
    const last = await broken.next();
    expect(last?.message).toMatchObject(step(1, 't'));
    broken.response.destroy();
    const resumed = await open('GET', { ...session, 'last-event-id': last?.id ?? '' });
    expect((await resumed.rest()).map(({ message }) => message)).toMatchObject([step(2, 't'), counted(7)]);
  });

  it('gives everything again to a client that comes back late', async () => {
    const session = await openSession();
    const events = await (await open('POST', session, call('count', { to: 2 }, 7, { progressToken: 't' }))).rest();
    const late = await open('GET', { ...session, 'last-event-id': events[0]?.id ?? '' });
    expect(await late.rest()).toEqual(events.slice(1));
  });
});

describe('a call of 2026-07-28', () => {
  const headers = { accept, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };

  it('tells progress and lines, where its own request asks for them', async () => {
    const asked = { ...meta, progressToken: 9, 'io.modelcontextprotocol/logLevel': 'info' };
    const events = await open('POST', { ...headers, 'mcp-name': 'bench_count' }, call('count', { to: 2 }, 7, asked));
    expect((await events.rest()).map(({ message }) => message)).toMatchObject([
      step(1, 9),
      step(2, 9),
      { method: 'notifications/message', params: { level: 'info', data: 'counted to 2' } },
      counted(7),
    ]);
  });

  it('ends when its client leaves', async () => {
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const stream = open('POST', { ...headers, 'mcp-name': 'bench_wait' }, call('wait', {}, 1, meta));
    await running;
    (await stream).response.destroy();
    await expect.poll(() => seen.aborted.length).toBe(1);
  });
});

it('200 clients that all use the same ids get their own answers', { timeout: 60_000 }, async () => {
  const sessions = await Promise.all(Array.from({ length: 200 }, () => openSession()));
  const answers = await Promise.all(
    sessions.map((session, n) => gateway.post('/mcp', call('erase', { name: `n${n}` }, 0), session)),
  );
  expect(answers.map(({ body }) => body)).toMatchObject(
    sessions.map((_, n) => ({ id: 0, result: { structuredContent: { erased: `n${n}` } } })),
  );
});

describe('a standing stream', () => {
  it('is taken up again where it broke', async () => {
    const session = await openSession();
    const first = await open('GET', session);
    const place = (await first.next())?.id ?? '';
    first.response.destroy();
    const again = await open('GET', { ...session, 'last-event-id': place });
    expect(again.response.statusCode).toBe(200);
    // and nobody else's session has this place
    const other = await open('GET', { ...(await openSession()), 'last-event-id': `x${place}` });
    expect(other.response.statusCode).toBe(400);
    await gateway.send({ method: 'DELETE', path: '/mcp', headers: session });
    expect(await again.rest()).toEqual([]);
  });

  it('gives way to a second one of its session', async () => {
    const session = await openSession();
    const first = await open('GET', session);
    const second = await open('GET', session);
    expect(await first.rest()).toHaveLength(1);
    expect(second.response.readableEnded).toBe(false);
    second.response.destroy();
  });

  it('ends with its session, and so does a call that runs', async () => {
    const session = await openSession();
    const standing = await open('GET', session);
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const answer = gateway.post('/mcp', call('wait', {}), session);
    await running;
    await gateway.send({ method: 'DELETE', path: '/mcp', headers: session });
    expect(await standing.rest()).toHaveLength(1);
    await answer;
    expect(seen.aborted).toHaveLength(1);
  });
});

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const listen = (key: Headers, url = gateway.url) =>
  EventReader.open(
    url,
    'POST',
    { ...key, accept, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
    request('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: meta }, 5),
  );
const listenEnd = { jsonrpc: '2.0', id: 5, result: { resultType: 'complete' } };

describe('the streams of a key', () => {
  const admin = { 'x-mcp-key': ADMIN_KEY };
  const path = (id: string) => `/admin/api-keys/${id}`;
  const ends: [name: string, end: (id: string) => Promise<unknown>][] = [
    ['deleted', (id) => gateway.send({ method: 'DELETE', path: path(id), headers: admin })],
    ['replaced', (id) => gateway.post(`${path(id)}/rotate`, { overlapSeconds: 0 }, admin)],
    ['replaced, after its overlap', (id) => gateway.post(`${path(id)}/rotate`, { overlapSeconds: 1 }, admin)],
    ['about to expire', (id) => change(id, { expiresAt: new Date(Date.now() + 700).toISOString() })],
  ];
  const change = (id: string, body: object) =>
    gateway.send({
      method: 'PATCH',
      path: path(id),
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it.each(ends)('end within a second when it is %s', { retry: 2 }, async (name, end) => {
    const { body } = await gateway.post('/admin/api-keys', { name, permissions: ['read'] }, admin);
    const { id, key } = body as { id: string; key: string };
    const session = await openSession('2025-11-25', { 'x-mcp-key': key });
    const standing = await open('GET', session);
    const listening = await listen({ 'x-mcp-key': key });
    const other = await open('GET', await openSession());
    await end(id);
    const endedAt = performance.now();
    expect(await standing.rest()).toHaveLength(1);
    expect((await listening.rest()).at(-1)?.message).toMatchObject(listenEnd);
    expect(performance.now() - endedAt).toBeLessThan(name === 'deleted' || name === 'replaced' ? 1_000 : 2_000);
    expect(other.response.readableEnded).toBe(false);
    other.response.destroy();
  });
});

it('a gateway that stops ends every stream', async () => {
  const stopping = await startGateway({ services: [BenchModule] });
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opened = await stopping.post('/mcp', request('initialize', hello), { accept });
  const id = String(opened.headers['mcp-session-id']);
  const standing = await EventReader.open(stopping.url, 'GET', { accept, 'mcp-session-id': id });
  const listening = await listen({}, stopping.url);
  const [told, heard] = [standing.rest(), listening.rest()];
  await stopping.close();
  expect(await told).toHaveLength(1);
  expect((await heard).at(-1)?.message).toMatchObject(listenEnd);
});

it('a session keeps no stream of a call that was answered as JSON', async () => {
  const session = await openSession();
  for (let n = 0; n < 60; n += 1) await gateway.post('/mcp', call('count', { to: 0 }, n), session);
  const broken = await open('POST', session, call('count', { to: 2 }, 'x', { progressToken: 't' }));
  const events = await broken.rest();
  await gateway.post('/mcp', call('count', { to: 0 }), session);
  const late = await open('GET', { ...session, 'last-event-id': events[0]?.id ?? '' });
  expect(await late.rest()).toEqual(events.slice(1));
});

it('a session gives what it keeps of a stream that has long ended', async () => {
  const session = await openSession();
  const count = (id: unknown) => open('POST', session, call('count', { to: 2 }, id, { progressToken: 't' }));
  const events = await (await count('first')).rest();
  for (let n = 0; n < 60; n += 1) await (await count(n)).rest();
  const late = await open('GET', { ...session, 'last-event-id': events[0]?.id ?? '' });
  expect(await late.rest()).toEqual(events.slice(1));
});

it('an id whose request still runs is refused a second time, and the first is answered', async () => {
  const session = await openSession();
  const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
  const first = gateway.post('/mcp', call('wait', { ms: 200 }, 'same'), session);
  await running;
  expect((await gateway.post('/mcp', call('count', { to: 1 }, 'same'), session)).body).toMatchObject({
    id: 'same',
    error: { code: -32600 },
  });
  expect((await first).body).toMatchObject({ id: 'same', result: { structuredContent: { waitedMs: 200 } } });
});

it('an earlier revision’s call goes on for a client that can come back', async () => {
  const session = await openSession('2025-06-18');
  const broken = await open('POST', session, call('count', { to: 2, everyMs: 300 }, 7, { progressToken: 't' }));
  const first = await broken.next();
  expect(first?.message).toMatchObject(step(1, 't'));
  broken.response.destroy();
  const resumed = await open('GET', { ...session, 'last-event-id': first?.id ?? '' });
  expect((await resumed.rest()).map(({ message }) => message)).toMatchObject([step(2, 't'), counted(7)]);
});
