import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditTrail } from '../libs/core/src/observability/audit/audit-trail.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

let gateway: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  [gateway, plain] = await Promise.all([startGateway(), startGateway({ env: { HOT_PATH: 'off' } })]);
});
afterAll(() => Promise.all([gateway.close(), plain.close()]));

const accept = 'application/json, text/event-stream';
const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const envelope = { [VERSION]: '2026-07-28', [CAPABILITIES]: {} };

const request = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const post = (body: unknown, headers: Record<string, string> = {}) =>
  gateway.post('/mcp', body, { accept, ...headers });

/** A request of 2026-07-28 with everything that it needs. */
function modern(method: string, params: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const name = params.name ?? params.uri;
  return post(request(method, { ...params, _meta: { ...envelope, ...(params._meta as object) } }), {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
    ...headers,
  });
}

async function openSession(
  revision = '2025-11-25',
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const answer = await post(request('initialize', hello), headers);
  return { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']), 'mcp-protocol-version': revision };
}

const code = ({ body }: Answer) => (body as { error?: { code: number } }).error?.code;
const result = ({ body }: Answer) => (body as { result: unknown }).result;

describe('a session', () => {
  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['1.0', '2025-11-25'],
  ])('that asks for %s gets %s', async (asked, given) => {
    const hello = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    expect(result(await post(request('initialize', hello)))).toMatchObject({
      protocolVersion: given,
      serverInfo: { name: 'mcp-gateway' },
      capabilities: { tools: {}, resources: {} },
    });
  });

  it('answers calls, and 202 to what needs no answer', async () => {
    const session = await openSession();
    const said = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    expect({ status: said.status, text: said.text }).toEqual({ status: 202, text: '' });
    const echo = request('tools/call', { name: 'gateway_echo', arguments: { message: 'x' } }, 'a');
    expect((await post(echo, session)).body).toMatchObject({
      id: 'a',
      result: { structuredContent: { message: 'x' } },
    });
    expect(result(await post(request('ping'), session))).toEqual({});
  });

  it('needs no notifications/initialized, and takes notifications that nobody knows', async () => {
    const session = await openSession();
    expect(result(await post(request('tools/list'), session))).toMatchObject({ tools: {} });
    const said = await post({ jsonrpc: '2.0', method: 'notifications/of_tomorrow', params: { x: 1 } }, session);
    expect([said.status, said.text]).toEqual([202, '']);
  });

  it('subscribes to at most 1,000 resources', async () => {
    const session = await openSession('2025-03-26');
    const subscribe = (n: number) => request('resources/subscribe', { uri: `x://${n}` }, n);
    for (let n = 0; n < 1_000; n += 50) {
      await post(
        Array.from({ length: 50 }, (_, i) => subscribe(n + i)),
        session,
      );
    }
    expect(code(await post(subscribe(1_000), session))).toBe(-32602);
    await post(request('resources/unsubscribe', { uri: 'x://0' }), session);
    expect(result(await post(subscribe(1_000), session))).toEqual({});
  });

  it('ends with DELETE', async () => {
    const session = await openSession();
    expect((await gateway.send({ method: 'DELETE', path: '/mcp', headers: session })).status).toBe(204);
    expect((await post(request('ping'), session)).status).toBe(404);
  });

  it('is nobody else’s', async () => {
    const session = await openSession('2025-11-25', { 'x-mcp-key': ADMIN_KEY });
    const { 'x-mcp-key': _, ...stolen } = session;
    expect((await post(request('ping'), session)).status).toBe(200);
    expect((await post(request('ping'), stolen)).status).toBe(404);
    expect((await gateway.send({ path: '/mcp', headers: { ...stolen, accept } })).status).toBe(404);
    expect((await gateway.send({ method: 'DELETE', path: '/mcp', headers: stolen })).status).toBe(404);
  });

  it.each<[name: string, headers: Record<string, string>, status: number]>([
    ['without its id', { 'mcp-session-id': '' }, 404],
    ['with an id that never was', { 'mcp-session-id': 'x' }, 404],
    ['of an unknown revision', { 'mcp-protocol-version': '2020-01-01' }, 400],
  ])('%s is refused', async (_name, headers, status) => {
    expect((await post(request('ping'), { ...(await openSession()), ...headers })).status).toBe(status);
  });

  it('has batches in 2025-03-26 alone', async () => {
    const batch = [
      request('ping', {}, 1),
      request('ping', {}, 2),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
    ];
    const old = await post(batch, await openSession('2025-03-26'));
    expect(old.body).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 2, result: {} },
    ]);
    expect((await post(batch, await openSession('2025-06-18'))).status).toBe(400);
  });

  it('runs a whole batch of short calls before their lines are written, and answers after', async () => {
    const session = await openSession('2025-03-26');
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => (write = resolve));
    const append = vi.spyOn(AuditTrail.prototype, 'append').mockReturnValue(written);
    let isAnswered = false;
    const echoes = Array.from({ length: 50 }, (_, i) =>
      request('tools/call', { name: 'gateway_echo', arguments: { message: 'hello' } }, i + 1),
    );
    const answer = post(echoes, session).finally(() => (isAnswered = true));
    await expect.poll(() => append.mock.calls.length).toBe(50);
    expect(isAnswered).toBe(false);
    append.mockRestore();
    write();
    expect(((await answer).body as unknown[]).length).toBe(50);
  });

  it('answers unknown methods, tools and bad params inside the session', async () => {
    const session = await openSession();
    const codes = await Promise.all(
      [
        request('nope'),
        request('tools/call', { name: 'nope' }),
        request('tools/call', {}),
        request('tools/list', { cursor: 'x' }),
      ].map(async (sent) => {
        const answer = await post(sent, session);
        return [answer.status, code(answer)];
      }),
    );
    expect(codes).toEqual([
      [200, -32601],
      [200, -32602],
      [200, -32602],
      [200, -32602],
    ]);
  });

  it('tells a tool’s own failure in its result', async () => {
    const call = request('tools/call', { name: 'gateway_echo', arguments: { wrong: 1 } });
    expect(result(await post(call, await openSession()))).toMatchObject({ isError: true });
  });
});

describe('2026-07-28', () => {
  it('says what it serves', async () => {
    expect(result(await modern('server/discover'))).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'],
      ttlMs: 60_000,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'mcp-gateway' } },
    });
  });

  it('answers without a session', async () => {
    const answer = await modern('tools/call', { name: 'gateway_echo', arguments: { message: 'x' } });
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(result(answer)).toMatchObject({ resultType: 'complete', structuredContent: { message: 'x' } });
    expect(result(await modern('tools/list'))).toMatchObject({ ttlMs: 60_000, cacheScope: 'private' });
  });

  it.each<[name: string, answer: () => Promise<Answer>, status: number, code: number]>([
    ['an unknown method', () => modern('nope'), 404, -32601],
    ['ping, which is gone', () => modern('ping'), 404, -32601],
    ['initialize, which is gone', () => modern('initialize'), 404, -32601],
    [
      'a header of another revision',
      () => modern('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }),
      400,
      -32020,
    ],
    ['a header of another method', () => modern('tools/list', {}, { 'mcp-method': 'tools/call' }), 400, -32020],
    [
      'a header of another tool',
      () => modern('tools/call', { name: 'gateway_echo' }, { 'mcp-name': 'x' }),
      400,
      -32020,
    ],
    [
      'a header with broken base64',
      () => modern('tools/call', { name: 'gateway_echo' }, { 'mcp-name': '=?base64?!!?=' }),
      400,
      -32020,
    ],
    [
      'a revision that never was',
      () => modern('tools/list', { _meta: { [VERSION]: '9.9' } }, { 'mcp-protocol-version': '9.9' }),
      400,
      -32022,
    ],
    [
      'a revision to come',
      () => modern('tools/list', { _meta: { [VERSION]: '2030-01-01' } }, { 'mcp-protocol-version': '2030-01-01' }),
      400,
      -32022,
    ],
    ['no capabilities', () => modern('tools/list', { _meta: { [CAPABILITIES]: null } }), 400, -32602],
    ['the header alone', () => post(request('tools/list'), { 'mcp-protocol-version': '2026-07-28' }), 400, -32602],
    ['no headers', () => post(request('tools/list', { _meta: envelope })), 400, -32020],
    ['a batch', () => post([request('tools/list', { _meta: envelope })]), 400, -32600],
    ['an unknown resource', () => modern('resources/read', { uri: 'catalog://services/nope' }), 200, -32602],
  ])('refuses %s', async (_name, answer, status, expected) => {
    const refused = await answer();
    expect([refused.status, code(refused)]).toEqual([status, expected]);
  });

  it('takes a tool’s name in base64', async () => {
    const name = `=?base64?${Buffer.from('gateway_echo').toString('base64')}?=`;
    const call = { name: 'gateway_echo', arguments: { message: 'x' } };
    expect((await modern('tools/call', call, { 'mcp-name': name })).status).toBe(200);
  });

  it('acknowledges what is listened for, first of all', async () => {
    const answer = await modern('subscriptions/listen', { notifications: { toolsListChanged: false } });
    const events = answer.text
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as unknown] : []));
    expect(events).toMatchObject([
      {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: {}, _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } },
      },
      { id: 1, result: { resultType: 'complete' } },
    ]);
  });
});

it('completes the name of a service in both eras', async () => {
  const complete = (value: string) => ({
    ref: { type: 'ref/resource', uri: 'catalog://services/{service}' },
    argument: { name: 'service', value },
  });
  const session = await openSession();
  for (const [value, values] of [
    ['gatew', ['gateway']],
    ['nothing', []],
  ] as const) {
    const completion = { values, total: values.length, hasMore: false };
    expect(result(await modern('completion/complete', complete(value)))).toEqual({
      resultType: 'complete',
      completion,
    });
    expect(result(await post(request('completion/complete', complete(value)), session))).toEqual({ completion });
  }
});

describe('a refused request', () => {
  it('is answered under its own id', async () => {
    const sent = { ...request('tools/list', { _meta: envelope }), id: 'mine' };
    expect((await post(sent)).body).toMatchObject({ id: 'mine', error: { code: -32020 } });
    expect((await post({ ...request('ping'), id: 'mine' })).body).toMatchObject({
      id: 'mine',
      error: { code: -32000 },
    });
  });

  it.each([
    ['PUT', {}, 'GET, POST, DELETE'],
    ['GET', { 'mcp-protocol-version': '2026-07-28' }, 'POST'],
    ['DELETE', { 'mcp-protocol-version': '2026-07-28' }, 'POST'],
  ])('with %s %j names the verbs that there are', async (method, headers, allow) => {
    for (const each of [gateway, plain]) {
      const refused = await each.send({ method, path: '/mcp', headers: { ...headers, accept } });
      expect([refused.status, refused.headers.allow]).toEqual([405, allow]);
    }
  });
});

describe.each(['on', 'off'])('limits with HOT_PATH=%s', (hotPath) => {
  let limited: TestGateway;
  beforeAll(async () => {
    limited = await startGateway({ env: { MCP_MAX_REQUESTS_PER_MINUTE: '2', HOT_PATH: hotPath } });
  });
  afterAll(() => limited.close());

  it('are told on answers and refusals of both eras', async () => {
    const echo = { name: 'gateway_echo', arguments: { message: 'x' } };
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const { headers } = await limited.post('/mcp', request('initialize', hello), { accept });
    const session = { accept, 'mcp-session-id': String(headers['mcp-session-id']) };
    const inSession = () => limited.post('/mcp', request('tools/call', echo), session);
    const alone = () =>
      limited.post('/mcp', request('tools/call', { ...echo, _meta: envelope }), {
        accept,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'gateway_echo',
      });
    const told: unknown[] = [];
    for (const call of [inSession, alone, inSession, alone]) {
      const answer = await call();
      const left = /"minute";r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1];
      const retries = Number(answer.headers['retry-after']) > 0;
      told.push([answer.status, code(answer), left, retries, answer.headers['ratelimit-policy']]);
    }
    const policy = expect.stringContaining('"minute";q=2') as string;
    expect(told).toEqual([
      [200, undefined, '1', false, policy],
      [200, undefined, '0', false, policy],
      [200, -32012, '0', true, policy],
      [200, -32012, '0', true, policy],
    ]);
  });
});

describe('what is no message', () => {
  it.each<[name: string, body: unknown, status: number]>([
    ['a text', 'x', 400],
    ['null', null, 400],
    ['an empty batch', [], 400],
    ['no version', { id: 1, method: 'ping' }, 400],
    ['an id that is null', { jsonrpc: '2.0', id: null, method: 'ping' }, 400],
    ['params that are a list', { jsonrpc: '2.0', id: 1, method: 'ping', params: [] }, 400],
  ])('%s is refused', async (_name, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('a client that takes neither JSON nor events is refused', async () => {
    expect((await post(request('ping'), { ...(await openSession()), accept: 'text/html' })).status).toBe(406);
  });

  it('other verbs are refused', async () => {
    expect((await gateway.send({ method: 'PUT', path: '/mcp' })).status).toBe(405);
  });
});

it('sessions are counted while they are open', async () => {
  const counted = async () => {
    const { body } = await gateway.get('/api/stats');
    const { text } = await gateway.get('/metrics/prometheus');
    const { mcp } = (body as { connections: { mcp: number } }).connections;
    return [mcp, Number(/^mcp_sessions (\d+)$/m.exec(text)?.[1])];
  };
  const [before] = await counted();
  const session = await openSession();
  expect(await counted()).toEqual([before! + 1, before! + 1]);
  await gateway.send({ method: 'DELETE', path: '/mcp', headers: session });
  expect(await counted()).toEqual([before, before]);
});
