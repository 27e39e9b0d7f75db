import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LiveReplicas } from '../libs/core/src/replicas/live-replicas.js';
import { EventReader } from './event-reader.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, type TestGateway } from './gateway.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { eventually, redisState, startReplicas, type Replicas } from './replicas.js';

const COUNTING = fileURLToPath(new URL('fixtures/upstreams/counting-server.js', import.meta.url));

type Headers = Record<string, string>;
type Params = Record<string, unknown>;
const accept = 'application/json, text/event-stream';
const request = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const call = (tool: string, input: object, id: unknown = 1, meta: object = {}) =>
  request('tools/call', { name: `bench_${tool}`, arguments: input, _meta: meta }, id);
const yes = (n: number) => ({ action: 'accept', content: { n } });
const answered = (...answers: unknown[]) => ({ structuredContent: { answers } });

let redis: RedisServer;
let replicas: Replicas;
let one: TestGateway;
let other: TestGateway;
let asking: HttpUpstream;

async function openSession(capabilities: Params = { elicitation: {} }, path = '/mcp'): Promise<Headers> {
  const hello = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '1' } };
  const key = { 'x-mcp-key': ADMIN_KEY };
  const { headers } = await one.post(path, request('initialize', hello), { accept, ...key });
  return { ...key, accept, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
}
const open = ({ url }: TestGateway, method: string, headers: Headers, body?: unknown, path?: string) =>
  EventReader.open(url, method, headers, body, path);

describe.skipIf(noRedis)(`an MCP session at two replicas${noRedis ? ` (${noRedis})` : ''}`, () => {
  beforeAll(async () => {
    redis = await startRedis();
    asking = await sessionServer('v1');
    const counting = { command: process.execPath, args: [COUNTING], cwd: process.cwd() };
    const env = { MCP_SERVERS: JSON.stringify({ counting, asking: { url: asking.url } }) };
    replicas = await startReplicas({ redisUrl: redis.url, services: [BenchModule], env });
    [one, other] = replicas.all as [TestGateway, TestGateway];
    await eventually(
      () => replicas.all.map((gateway) => gateway.gateway.app.get(LiveReplicas).count),
      (counts) => counts.every((count) => count === 1),
    );
  });
  afterAll(async () => {
    redis.thaw();
    await replicas.close();
    await asking.close();
    await redis.stop();
  });
  beforeEach(() => {
    seen.aborted.length = 0;
    seen.whenRunning = undefined;
  });

  it('that was opened at one goes on at the other', async () => {
    const { body } = await other.post('/mcp', call('count', { to: 2 }), await openSession());
    expect(body).toMatchObject({ result: { structuredContent: { counted: 2 } } });
  });

  it('is what its client made of it at the other', async () => {
    const session = await openSession();
    await one.post('/mcp', request('logging/setLevel', { level: 'info' }), session);
    const methods = async (gateway: TestGateway) => {
      const events = await open(gateway, 'POST', session, call('count', { to: 1 }));
      if (events.response.headers['content-type'] !== 'text/event-stream') return [];
      return (await events.rest()).flatMap(({ message }) => message?.method ?? []);
    };
    await eventually(
      () => methods(other),
      ([method]) => method === 'notifications/message',
    );
  });

  it('that was ended at one is over at the other', async () => {
    const session = await openSession();
    await other.post('/mcp', request('ping'), session);
    const stream = await open(other, 'GET', session);
    await stream.next();
    await one.send({ method: 'DELETE', path: '/mcp', headers: session });
    expect(await stream.rest()).toEqual([]);
    expect((await other.post('/mcp', request('ping'), session)).status).toBe(404);
  });

  it('takes the answer to what was asked at the other', async () => {
    const session = await openSession();
    const stream = await open(one, 'POST', session, call('ask', { questions: ['a'] }, 'call'));
    await stream.next();
    const asked = (await stream.next())?.message;
    expect(asked).toMatchObject({ method: 'elicitation/create', params: { message: 'a' } });
    expect((await other.post('/mcp', { jsonrpc: '2.0', id: asked?.id, result: yes(1) }, session)).status).toBe(202);
    expect((await stream.rest()).at(-1)?.message).toMatchObject({ id: 'call', result: answered(yes(1)) });
  });

  it('asks on the GET stream that is open at the other', async () => {
    const session = await openSession();
    const standing = await open(other, 'GET', session);
    await standing.next();
    const json = { ...session, accept: 'application/json' };
    const answer = eventually(
      () => one.post('/mcp', call('ask', { questions: ['a'] }, 'call'), json),
      ({ text }) => !text.includes('has no GET stream open'),
    );
    const asked = (await standing.next())?.message;
    await other.post('/mcp', { jsonrpc: '2.0', id: asked?.id, result: yes(2) }, session);
    expect((await answer).body).toMatchObject({ result: answered(yes(2)) });
    standing.response.destroy();
  });

  it('cancels a call that runs at the other', async () => {
    const session = await openSession();
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const answer = one.post('/mcp', call('wait', {}, 'long'), session);
    await running;
    const params = { requestId: 'long' };
    await other.post('/mcp', { jsonrpc: '2.0', method: 'notifications/cancelled', params }, session);
    await answer;
    expect(seen.aborted).toHaveLength(1);
  });

  it('shows at one, from where it was left, a stream that is written at the other', async () => {
    const session = await openSession();
    const body = call('count', { to: 5, everyMs: 200 }, 'counting', { progressToken: 'p' });
    const stream = await open(one, 'POST', session, body);
    const place = (await stream.next())?.id ?? '';
    stream.response.destroy();
    const resumed = await open(other, 'GET', { ...session, 'last-event-id': place });
    const messages = (await resumed.rest()).map(({ message }) => message);
    expect(messages.map((message) => message?.params?.progress ?? message?.id)).toEqual([1, 2, 3, 4, 5, 'counting']);
  });

  it('shows at the other how a call ended while Redis was away, once that is back', async () => {
    const session = await openSession();
    const body = call('count', { to: 5, everyMs: 300 }, 'counting', { progressToken: 'p' });
    const stream = await open(one, 'POST', session, body);
    const place = (await stream.next())?.id ?? '';
    redis.freeze();
    try {
      expect(await stream.rest()).toHaveLength(6);
    } finally {
      redis.thaw();
    }
    const resumed = await eventually(
      () => open(other, 'GET', { ...session, 'last-event-id': place }),
      ({ response }) => response.statusCode === 200,
    );
    const messages = (await resumed.rest()).map(({ message }) => message);
    expect(messages.map((message) => message?.params?.progress ?? message?.id)).toEqual([1, 2, 3, 4, 5, 'counting']);
  });

  it('shows at the other what changed while its GET stream at one was broken, once', async () => {
    const session = await openSession();
    const first = await open(one, 'GET', session);
    const place = (await first.next())?.id ?? '';
    first.response.destroy();
    const witnesses = [await open(one, 'GET', await openSession()), await open(other, 'GET', await openSession())];
    for (const witness of witnesses) await witness.next();
    const rule = { name: `no-failures-${randomUUID()}`, effect: 'deny', operations: ['bench.fail'] };
    const admin = { 'x-mcp-key': ADMIN_KEY };
    await one.post('/config', { policies: { roles: {}, rules: [rule] } }, admin);
    const told: unknown[] = [];
    // each tells those whose stream is open there, when it has read the change itself
    for (const witness of witnesses) {
      told.push([await witness.next(), await witness.next(), await witness.next()].map((event) => event?.message));
      witness.response.destroy();
    }
    const resumed = await open(other, 'GET', { ...session, 'last-event-id': place });
    const seenThere = [await resumed.next(), await resumed.next(), await resumed.next()];
    await one.send({ method: 'DELETE', path: '/mcp', headers: session });
    const messages = [...seenThere, ...(await resumed.rest())].map((event) => event?.message);
    expect([messages, messages]).toEqual(told);
  });

  describe('that has subscribed to a resource at one', () => {
    const own = 'fixture://watched';
    const uri = `upstream+asking:${own}`;
    const updated = { method: 'notifications/resources/updated', params: { uri } };
    /** How many replicas have told the upstream so. */
    const tellersOf = (method: string, of: string) => {
      const sent = asking.requests.filter(({ body }) => {
        return body?.method === method && (body.params as Params | undefined)?.uri === of;
      });
      return new Set(sent.map(({ headers }) => headers['mcp-session-id'])).size;
    };
    const areTold = (method: string, of: string, count: number) =>
      eventually(
        () => tellersOf(method, of),
        (tellers) => tellers === count,
      );

    it('listens where its GET stream is open, also to what comes later', async () => {
      const session = await openSession({});
      await one.post('/mcp', request('resources/subscribe', { uri }), session);
      expect(tellersOf('resources/subscribe', own)).toBe(1);
      const standing = await open(other, 'GET', session);
      await standing.next();
      await areTold('resources/subscribe', own, 2);
      await other.post('/mcp', request('tools/call', { name: 'asking__update' }), session);
      expect((await standing.next())?.message).toMatchObject(updated);

      const later = { uri: `${uri}/later` };
      await one.post('/mcp', request('resources/subscribe', later), session);
      await areTold('resources/subscribe', `${own}/later`, 2);
      await one.post('/mcp', request('resources/unsubscribe', later), session);
      await areTold('resources/unsubscribe', `${own}/later`, 2);
      standing.response.destroy();
    });

    it('is told of it when its GET stream goes on at the other: it may have changed on the way', async () => {
      const session = await openSession({});
      const first = await open(one, 'GET', session);
      const place = (await first.next())?.id ?? '';
      await one.post('/mcp', request('resources/subscribe', { uri }), session);
      first.response.destroy();
      const resumed = await open(other, 'GET', { ...session, 'last-event-id': place });
      expect((await resumed.next())?.message).toMatchObject(updated);
      // and not where it stayed
      const again = await open(other, 'GET', session);
      await again.next();
      await one.send({ method: 'DELETE', path: '/mcp', headers: session });
      expect((await again.rest()).map(({ message }) => message)).toEqual([]);
    });
  });

  it('keeps no more for its caller than there is room for, and says so', async () => {
    const path = '/mcp/servers/asking';
    const session = await openSession({}, path);
    const echo = request('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(900_000) } });
    const places: string[] = [];
    for (let n = 0; n < 16; n += 1) {
      const [opening] = await (await open(one, 'POST', { ...session, accept: 'text/event-stream' }, echo, path)).rest();
      places.push(opening?.id ?? '');
    }
    const statusAt = async (place = '') => {
      const { response } = await open(other, 'GET', { ...session, 'last-event-id': place }, undefined, path);
      response.destroy();
      return response.statusCode;
    };
    expect([await statusAt(places[0]), await statusAt(places.at(-1))]).toEqual([400, 200]);
  });

  it('finds at an upstream what it left there, whichever replica it calls', async () => {
    const session = await openSession({});
    const next = async (gateway: TestGateway) => {
      const { body } = await gateway.post('/mcp', request('tools/call', { name: 'counting__next' }), session);
      return (body as { result: { content: [{ text: string }] } }).result.content[0].text;
    };
    const [, server] = (await next(one)).split(' of ');
    expect([await next(other), await next(one), await next(other)]).toEqual([
      `2 of ${server}`,
      `3 of ${server}`,
      `4 of ${server}`,
    ]);
    const another = await openSession({});
    const { body } = await other.post('/mcp', request('tools/call', { name: 'counting__next' }), another);
    expect(JSON.stringify(body)).not.toContain(`of ${server}"`);
  });

  it('is asked by an upstream that it uses at the other', async () => {
    const session = await openSession();
    const echo = request('tools/call', { name: 'asking__echo', arguments: { message: 'first here' } });
    expect((await one.post('/mcp', echo, session)).text).toContain('first here');
    const ask = request('tools/call', { name: 'asking__ask', arguments: { message: 'Who?' } }, 'call');
    const stream = await open(other, 'POST', session, ask);
    await stream.next();
    const asked = (await stream.next())?.message;
    expect(asked).toMatchObject({ method: 'elicitation/create', params: { message: 'Who?' } });
    const answer = { action: 'accept', content: { name: 'Ann' } };
    await one.post('/mcp', { jsonrpc: '2.0', id: asked?.id, result: answer }, session);
    expect((await stream.rest()).at(-1)?.message).toMatchObject({ result: { content: [{ text: 'accept Ann' }] } });
  });

  it('goes on at both while Redis is away', async () => {
    const [session, over] = [await openSession(), await openSession()];
    for (const known of [session, over]) await other.post('/mcp', request('ping'), known);
    redis.freeze();
    try {
      await eventually(
        () => replicas.all.map(redisState),
        (states) => states.every((state) => state === 'down'),
      );
      const startedAt = performance.now();
      for (const gateway of replicas.all) {
        expect((await gateway.post('/mcp', call('count', { to: 2 }), session)).status).toBe(200);
      }
      const fresh = await openSession();
      expect((await one.post('/mcp', call('count', { to: 2 }), fresh)).status).toBe(200);
      expect((await one.send({ method: 'DELETE', path: '/mcp', headers: over })).status).toBeLessThan(300);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      redis.thaw();
      // known to all when it is back
      await eventually(
        () => other.post('/mcp', call('count', { to: 2 }), fresh),
        ({ body }) => (body as { result?: unknown }).result !== undefined,
      );
      await eventually(
        () => other.post('/mcp', request('ping'), over),
        ({ status }) => status === 404,
      );
    } finally {
      redis.thaw();
    }
  });

  it('is none in 2026-07-28: a call that was asked at one goes on at the other', async () => {
    const ask = (gateway: TestGateway, more: Params = {}) => {
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      };
      const params = { name: 'bench_ask', arguments: { questions: ['a', 'b'] }, _meta, ...more };
      const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'bench_ask' };
      return gateway.post('/mcp', request('tools/call', params), { accept, 'x-mcp-key': ADMIN_KEY, ...headers });
    };
    const resultOf = ({ body }: { body: unknown }) => (body as { result: Params }).result;
    seen.runs = 0;
    const first = resultOf(await ask(one));
    expect(first).toMatchObject({ resultType: 'input_required' });
    const { requestState } = first;
    const second = resultOf(await ask(other, { requestState, inputResponses: { 'input-1': yes(1) } }));
    expect(second).toMatchObject({ resultType: 'input_required', inputRequests: { 'input-2': {} } });
    const last = await ask(other, { requestState: second.requestState, inputResponses: { 'input-2': yes(2) } });
    expect(resultOf(last)).toMatchObject({ resultType: 'complete', ...answered(yes(1), yes(2)) });
    expect(seen.runs).toBe(1);
    const again = await ask(other, { requestState, inputResponses: { 'input-1': yes(1) } });
    expect(again.text).toContain('used before or has expired');
  });
});
