import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { EventReader } from './event-reader.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, sendTo, startGateway, type Answer, type TestGateway } from './gateway.js';
import { ways, type TestSocket } from './sockets.js';

type Headers = Record<string, string>;

const LIST = '/admin/api-keys';
const admin = { 'x-mcp-key': ADMIN_KEY };
const accept = 'application/json, text/event-stream';
const json = { 'content-type': 'application/json' };
/** A second, and what a loaded machine needs besides. */
const A_SECOND_MS = 1_500;
/** What clocks are given with tokens. */
const LEEWAY_MS = 5_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { JWT_SECRET: 'fXq2-Zt7w_Kd93mLrV0b-Hy5sPc8Nj1uGe4a' },
    services: [GatewayModule, BenchModule],
  });
});
afterAll(() => gateway.close());

interface Key {
  id: string;
  key: string;
  expiresAt: string;
}

const makeKey = async (more: object = {}) =>
  (await gateway.post(LIST, { name: 'agent', permissions: ['read'], ...more }, admin)).body as Key;
const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
const uses = async (headers: Headers) => (await gateway.get('/api/tools', headers)).status;
const until = (time: string) => sleep(Date.parse(time) - Date.now());

/** What an answer says: its status, and the error that is in it. */
function outcomeOf({ status, text }: Answer): string {
  if (text.includes('"kind":"unauthenticated"')) return `${status} unauthenticated`;
  return text.includes('"waitedMs"') ? `${status} answered` : `${status} ${text}`;
}

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const request = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const modern = (method: string) => ({ accept, ...json, 'mcp-protocol-version': '2026-07-28', 'mcp-method': method });

async function openSession(who: Headers): Promise<Headers> {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const headers = { ...who, ...json, accept };
  const answer = await gateway.send({ method: 'POST', path: '/mcp', headers, body: request('initialize', hello) });
  return { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) };
}

const pings = async (session: Headers) =>
  (await gateway.send({ method: 'POST', path: '/mcp', headers: session, body: request('ping', {}) })).status;

/** Calls of `bench.wait` that run, each through another door. */
async function startCalls(who: Headers, session: Headers, ms: number): Promise<Record<string, Promise<Answer>>> {
  const post = (path: string, body: string, headers: Headers) =>
    sendTo(gateway.url, { method: 'POST', path, headers: { ...who, ...json, ...headers }, body });
  const input = { ms };
  const tool = { name: 'bench_wait', arguments: input };
  const started: Record<string, () => Promise<Answer>> = {
    rpc: () => post('/mcp/rpc', request('mcp.execute', { service: 'bench', operation: 'wait', ...input }), {}),
    rest: () => post('/api/services/bench/wait', JSON.stringify(input), {}),
    commands: () => post('/mcp/execute', JSON.stringify({ command: `/mcp-bench wait --ms=${ms}` }), {}),
    'MCP session': () => post('/mcp', request('tools/call', tool), session),
    'MCP 2026-07-28': () =>
      post('/mcp', request('tools/call', { ...tool, _meta: meta }), {
        ...modern('tools/call'),
        'mcp-name': 'bench_wait',
      }),
  };
  const running: Record<string, Promise<Answer>> = {};
  for (const [door, start] of Object.entries(started)) {
    const runs = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    running[door] = start();
    await runs;
  }
  return running;
}

/** All that a caller can have open: sockets of each kind, streams of both eras, a session. */
async function openAll(who: Headers) {
  const sockets = Object.entries(ways).map(async ([way, connect]) => [
    way,
    await connect(gateway.url, { headers: who }),
  ]);
  const open = Object.fromEntries(await Promise.all(sockets)) as Record<string, TestSocket>;
  const session = await openSession(who);
  const streams = {
    'a stream of a session': await EventReader.open(gateway.url, 'GET', session),
    'subscriptions/listen': await EventReader.open(
      gateway.url,
      'POST',
      { ...who, ...modern('subscriptions/listen') },
      JSON.parse(request('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: meta })) as object,
    ),
  };
  const ends = [
    ...Object.entries(open).map(([what, { closed }]) => [what, closed] as const),
    ...Object.entries(streams).map(([what, stream]) => [what, stream.rest()] as const),
  ];
  const over: string[] = [];
  for (const [what, end] of ends) void end.then(() => over.push(what));
  return {
    session,
    sockets: open,
    /** What has ended so far. */
    over,
    all: ends.map(([what]) => what),
    allOver: Promise.all(ends.map(([, end]) => end)),
    close: () => {
      for (const socket of Object.values(open)) socket.close();
      for (const { response } of Object.values(streams)) response.destroy();
    },
  };
}

const del = (id: string) => gateway.send({ method: 'DELETE', path: `${LIST}/${id}`, headers: admin });

/** Ways in which a key ends; each resolves at the moment of the end. */
const ends: [how: string, policy: () => object, end: (key: Key) => Promise<unknown>, left: 'session' | 'nothing'][] = [
  ['is deleted', () => ({}), ({ id }) => del(id), 'nothing'],
  [
    'is revoked over a socket',
    () => ({}),
    async ({ id }) => {
      const socket = await ways['a plain WebSocket']!(gateway.url, { headers: admin });
      expect(await socket.ask('manage_api_key', { action: 'revoke', id })).toMatchObject({ ok: true });
      socket.close();
    },
    'nothing',
  ],
  [
    'is revoked because it was found',
    () => ({}),
    ({ key }) => gateway.post(`${LIST}/check`, { keys: [key], revoke: true }, admin),
    'nothing',
  ],
  ['expires', () => ({ expiresAt: soon(2_500) }), ({ expiresAt }) => until(expiresAt), 'nothing'],
  ['is replaced at once', () => ({}), ({ id }) => gateway.post(`${LIST}/${id}/rotate`, {}, admin), 'session'],
];

describe('all that hangs on a key ends within a second when it', () => {
  it.each(ends)('%s', { timeout: 30_000, retry: 2 }, async (_how, policy, end, left) => {
    const bystander = await makeKey();
    const other = await openAll({ 'x-mcp-key': bystander.key });
    const key = await makeKey(policy());
    const who = { 'x-mcp-key': key.key };
    const open = await openAll(who);
    const calls = await startCalls(who, open.session, 20_000);

    const rotated = await end(key);
    const endedAt = performance.now();
    await open.allOver;
    const outcomes = await Promise.all(Object.values(calls));
    expect(performance.now() - endedAt).toBeLessThan(A_SECOND_MS);

    expect(await uses(who)).toBe(401);
    expect(Object.fromEntries(Object.keys(calls).map((door, i) => [door, outcomeOf(outcomes[i]!)]))).toEqual({
      rpc: '401 unauthenticated',
      rest: '401 unauthenticated',
      commands: '401 unauthenticated',
      // as tools fail there; a session that is over says nothing more
      'MCP session': expect.not.stringContaining('answered'),
      'MCP 2026-07-28': expect.stringMatching(/"unauthenticated: The key of this call was revoked.*"isError":true/),
    });
    for (const socket of Object.values(open.sockets)) {
      const told = socket.seen('error');
      expect(told.length === 0 || told[0].kind === 'unauthenticated').toBe(true);
    }
    if (left === 'session') {
      const { body } = rotated as Answer;
      expect(await pings({ ...open.session, 'x-mcp-key': (body as Key).key })).toBe(200);
    }

    expect(other.over).toEqual([]);
    expect(await pings(other.session)).toBe(200);
    other.close();
  });
});

describe('what a caller goes on with', () => {
  it(
    'is not touched when the overlap of its old key ends, but for what that key opened',
    { timeout: 30_000, retry: 2 },
    async () => {
      const { id, key } = await makeKey();
      const before = await openAll({ 'x-mcp-key': key });
      const rotated = await gateway.post(`${LIST}/${id}/rotate`, { overlapSeconds: 2 }, admin);
      const fresh = { 'x-mcp-key': (rotated.body as Key).key };
      const after = await openAll(fresh);
      const { overlapUntil } = (await gateway.get(`${LIST}/${id}`, admin)).body as { overlapUntil: string };
      const calls = await startCalls({ 'x-mcp-key': key }, before.session, 2_500);

      await until(overlapUntil);
      const endedAt = performance.now();
      await before.allOver;
      expect(performance.now() - endedAt).toBeLessThan(A_SECOND_MS);
      expect((await Promise.all(Object.values(calls))).map(outcomeOf)).toEqual(
        Object.keys(calls).map(() => '200 answered'),
      );
      expect([await uses({ 'x-mcp-key': key }), await uses(fresh)]).toEqual([401, 200]);
      expect(await pings({ ...before.session, ...fresh })).toBe(200);
      expect(after.over).toEqual([]);
      after.close();
    },
  );

  it(
    'is not touched when one of its tokens expires, but for what that token opened',
    { timeout: 30_000, retry: 2 },
    async () => {
      const mint = async (expiresIn: number) => {
        const asked = { subject: 'ada', permissions: ['read'], expiresIn };
        const { token, expiresAt } = (await gateway.post('/admin/tokens', asked, admin)).body as Record<string, string>;
        return { who: { authorization: `Bearer ${token}` }, expiresAt: expiresAt! };
      };
      const [short, long] = [await mint(1), await mint(600)];
      const [before, after] = [await openAll(short.who), await openAll(long.who)];
      const over = Date.parse(short.expiresAt) + LEEWAY_MS;
      const calls = await startCalls(short.who, before.session, over - Date.now() + 500);

      await before.allOver;
      expect(Date.now()).toBeGreaterThanOrEqual(over);
      expect(Date.now() - over).toBeLessThan(A_SECOND_MS);
      expect((await Promise.all(Object.values(calls))).map(outcomeOf)).toEqual(
        Object.keys(calls).map(() => '200 answered'),
      );
      expect([await uses(short.who), await uses(long.who)]).toEqual([401, 200]);
      expect(await pings({ ...before.session, ...long.who })).toBe(200);
      expect(after.over).toEqual([]);
      after.close();
    },
  );

  it('is not held against its address that many connections of a key end', async () => {
    const { id, key } = await makeKey();
    const headers = { 'x-mcp-key': key };
    const { 'Socket.IO over polling': _asksAgainByItself, ...others } = ways;
    const connects = Object.values(others).flatMap((connect) => [connect, connect, connect]);
    const sockets = await Promise.all(connects.map((connect) => connect(gateway.url, { headers })));
    const failures = async () =>
      ((await gateway.get('/api/security/stats', admin)).body as { authFailures: number }).authFailures;
    const before = await failures();
    await del(id);
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(await failures()).toBe(before);
  });
});
