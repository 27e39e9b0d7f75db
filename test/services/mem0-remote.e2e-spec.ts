import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../contract/contract-server.js';
import { Mem0OssServer, OSS_KEY } from '../contract/mem0/mem0-oss-server.js';
import { Mem0PlatformServer, PLATFORM_KEY } from '../contract/mem0/mem0-platform-server.js';
import { ADMIN_KEY, startGateway, type Sent, type TestGateway } from '../gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };

const dialects = [
  { mode: 'oss', store: 'mem0-oss', key: OSS_KEY, make: () => new Mem0OssServer() },
  { mode: 'platform', store: 'mem0-platform', key: PLATFORM_KEY, make: () => new Mem0PlatformServer() },
] as const;

describe.each(dialects)('memory at a Mem0 server, $mode', ({ mode, store, key, make }) => {
  let mem0: Mem0OssServer | Mem0PlatformServer;
  let gateway: TestGateway;
  let agent: Record<string, string>;

  beforeAll(async () => {
    mem0 = make();
    const url = await mem0.contract.start();
    gateway = await startGateway({
      env: { MEM0_API_URL: url, MEM0_API_KEY: key, MEM0_MODE: mode, HTTP_TIMEOUT_MS: '2000' },
    });
    const permissions = ['read', 'write'];
    const { body } = await gateway.post('/admin/api-keys', { name: 'agent', permissions }, admin);
    agent = { 'x-mcp-key': (body as { key: string }).key };
  });
  afterAll(async () => {
    await gateway.close();
    await mem0.contract.close();
  });
  beforeEach(() => {
    mem0.contract.failure = undefined;
    mem0.contract.calls.length = 0;
  });
  afterEach(() => {
    expect(mem0.contract.violations.splice(0)).toEqual([]);
  });

  const call = (operation: string, input: object = {}, headers: Sent['headers'] = {}) =>
    gateway.post(`/api/services/mem0/${operation}`, input, headers);
  const data = async (operation: string, input: object = {}, headers: Sent['headers'] = {}): Promise<any> => {
    const { status, body } = await call(operation, input, headers);
    expect({ status, body }).toMatchObject({ status: 200 });
    return (body as { data: unknown }).data;
  };
  const refusal = async (operation: string, input: object = {}, headers: Sent['headers'] = {}) => {
    const { status, body, text } = await call(operation, input, headers);
    expect(text).not.toContain(key);
    return { status, ...(body as { error: { kind: string; message: string; details: any } }).error };
  };
  const remember = async (text: string, more: object = {}, headers: Sent['headers'] = {}): Promise<string> =>
    (await data('remember', { text, ...more }, headers)).memories[0].id;

  it('remembers, finds and forgets', async () => {
    const scope = { agentId: 'a1', userId: 'ann' };
    const answer = await data('remember', {
      text: 'Ann likes tea',
      ...scope,
      metadata: { from: 'chat' },
      infer: false,
    });
    expect(answer).toEqual({
      store,
      memories: [{ id: expect.any(String) as string, event: 'ADD', text: 'Ann likes tea' }],
    });
    const memoryId = answer.memories[0].id;
    expect(await data('search', { query: 'tea', ...scope })).toMatchObject({
      store,
      search: 'mem0',
      memories: [{ id: memoryId, text: 'Ann likes tea', userId: 'ann', metadata: { from: 'chat' }, score: 1 }],
    });
    const all = { memory: 'Ann likes tea', user_id: 'ann', agent_id: 'a1', metadata: { from: 'chat' } };
    const raw = { memories: [{ id: memoryId, raw: all }] };
    expect(await data('search', { query: 'tea', ...scope, raw: true })).toMatchObject(raw);
    expect(await data('list', { ...scope, raw: true })).toMatchObject(raw);
    expect((await data('get', { memoryId, agentId: 'a1', raw: true })).raw).toMatchObject(all);
    expect(await data('get', { memoryId, agentId: 'a1' })).not.toHaveProperty('raw');
    expect((await data('get-context', { agentId: 'a1', query: 'tea' })).context).toMatch(
      /^- Ann likes tea \(2026-11-01\)\n$/,
    );
    expect(await data('update', { memoryId, agentId: 'a1', metadata: { seen: true } })).toMatchObject({
      text: 'Ann likes tea',
      metadata: { seen: true },
    });
    expect(await data('update', { memoryId, agentId: 'a1', text: 'Ann likes coffee' })).toMatchObject({
      text: 'Ann likes coffee',
      metadata: { seen: true },
    });
    const { changes } = await data('history', { memoryId, agentId: 'a1' });
    expect(changes.map(({ at: _, ...change }: { at: string }) => change)).toEqual([
      { event: 'ADD', oldText: null, newText: 'Ann likes tea' },
      { event: 'UPDATE', oldText: 'Ann likes tea', newText: 'Ann likes tea' },
      { event: 'UPDATE', oldText: 'Ann likes tea', newText: 'Ann likes coffee' },
    ]);
    expect(await data('forget', { memoryId, agentId: 'a1' })).toEqual({ memoryId, forgotten: true });
    expect((await call('get', { memoryId, agentId: 'a1' })).status).toBe(404);
    expect((await data('history', { memoryId, agentId: '*' })).changes).toHaveLength(4);
  });

  it('pages through memories, the newest first', async () => {
    for (let n = 1; n <= 5; n += 1) await remember(`Note ${n}`, { agentId: 'pages' });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await data('list', { agentId: 'pages', limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.memories.map(({ text }: { text: string }) => text));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(['Note 5', 'Note 4', 'Note 3', 'Note 2', 'Note 1']);
    expect(await refusal('list', { agentId: 'pages', cursor: '../x' })).toMatchObject({ status: 400, kind: 'invalid' });
  });

  it('is each agent’s own, whatever the server would tell', async () => {
    const memoryId = await remember('The secret of another', { agentId: 'other' });
    for (const [operation, input] of [
      ['get', { memoryId }],
      ['history', { memoryId }],
      ['update', { memoryId, text: 'changed' }],
      ['forget', { memoryId }],
    ] as const) {
      expect(await refusal(operation, input, agent)).toMatchObject({ status: 404, kind: 'unknown' });
      expect(await refusal(operation, { ...input, agentId: 'other' }, agent)).toMatchObject({ status: 403 });
    }
    await data('forget', { memoryId, agentId: 'other' });
    expect(await refusal('history', { memoryId }, agent)).toMatchObject({ status: 404, kind: 'unknown' });
    const mine = await remember('My own', {}, agent);
    expect((await data('list', {}, agent)).memories).toMatchObject([{ id: mine }]);
    expect((await data('list-entities', {}, agent)).entities).toMatchObject([{ type: 'agent', memories: 1 }]);
  });

  it('is not in an answer of the server’s that ignores whose it is', async () => {
    const foreign = { id: 'f', memory: 'Foreign', agent_id: 'other', created_at: '2026-11-01T00:00:00Z' };
    mem0.contract.failure = { body: JSON.stringify({ results: [foreign], next: null }) };
    expect((await data('search', { query: 'foreign' }, agent)).memories).toEqual([]);
    expect((await data('list', {}, agent)).memories).toEqual([]);
    mem0.contract.failure = { body: JSON.stringify(foreign) };
    const memoryId = '00000000-0000-4000-8000-000000000000';
    expect(await refusal('get', { memoryId }, agent)).toMatchObject({ status: 404 });
  });

  it('is deleted by admins', async () => {
    await remember('Carl was here', { agentId: 'a2', userId: 'carl' });
    await remember('Dora was here', { agentId: 'a2', userId: 'dora' });
    expect(await data('delete-all', { userId: 'carl' }, admin)).toEqual({ deleted: null });
    const entities = async () => (await data('list-entities', { agentId: '*', type: 'user' }, admin)).entities;
    expect(await entities()).toContainEqual({ type: 'user', id: 'dora', memories: 1 });
    expect(await entities()).not.toContainEqual(expect.objectContaining({ id: 'carl' }));
    await data('delete-entity', { type: 'user', id: 'dora' }, admin);
    expect(await entities()).not.toContainEqual(expect.objectContaining({ id: 'dora' }));
  });

  it('is healthy while the server answers', async () => {
    expect(await data('health')).toMatchObject({ store, state: 'ready' });
  });

  it.each<[string, Failure, object]>([
    [
      'a key that is refused',
      { status: 401, body: '{"detail": "no"}' },
      {
        status: 422,
        kind: 'failed',
        message: 'Mem0 refused the API key. The operator has to set MEM0_API_KEY to a valid one.',
      },
    ],
    [
      'a request that is refused',
      { status: 422, body: '{"detail": [{"msg": "too long"}]}' },
      { status: 422, kind: 'failed', message: 'Mem0 refused the request (status 422): "[{\\"msg\\":\\"too long\\"}]"' },
    ],
    [
      'a limit',
      { status: 429, headers: { 'retry-after': '30' }, body: '{}' },
      { status: 429, kind: 'limited', details: { retryAfterMs: 30_000 } },
    ],
    [
      'an error of its own',
      { status: 500, body: '<html>' },
      { status: 502, kind: 'unavailable', details: { retryable: true } },
    ],
    ['a body that is no JSON', { body: '<html>' }, { status: 422, kind: 'failed' }],
    [
      'a body of another shape',
      { body: '{"memories": 7}' },
      {
        status: 422,
        kind: 'failed',
        message: 'Mem0 answered something else than expected. Are MEM0_API_URL and MEM0_MODE right?',
      },
    ],
    ['silence', { silent: true }, { status: 504, kind: 'deadline' }],
  ])('says what is the matter: %s', async (_what, failure, expected) => {
    mem0.contract.failure = failure;
    expect(await refusal('list', { agentId: 'a1' })).toMatchObject(expected);
  });

  it('asks again where that does no harm, and never keeps a memory twice', async () => {
    mem0.contract.failure = { status: 503, headers: { 'retry-after': '0' }, body: '{}', times: 2 };
    expect((await data('search', { query: 'tea', agentId: 'a1' })).memories).toEqual([]);
    mem0.contract.failure = { status: 503, headers: { 'retry-after': '0' }, body: '{}' };
    mem0.contract.calls.length = 0;
    expect(await refusal('remember', { text: 'once' })).toMatchObject({ status: 502 });
    expect(mem0.contract.calls).toHaveLength(1);
  });

  if (mode === 'platform') {
    it('says the same where it can’t be told what became of one', async () => {
      const of = (method: string, path: string) => method === 'GET' && path.startsWith('/v1/event/');
      mem0.contract.failure = { status: 500, body: '{}', of };
      expect(await refusal('remember', { text: 'once' })).toMatchObject({
        kind: 'unavailable',
        message: 'Mem0 failed (status 500); whether the change was made is not known, so look before you repeat it',
        details: { retryable: false },
      });
    });
  }

  it.each([
    [{ status: 500, body: '{}' }, 'Mem0 failed (status 500)'],
    [{ body: '{"memories": 7}' }, 'Mem0 answered something else than expected'],
    [{ body: '<html>' }, 'Mem0 answered something else than expected'],
  ])('says of a memory that it may have been kept: %j', async (failure, told) => {
    mem0.contract.failure = failure;
    expect(await refusal('remember', { text: 'once' })).toMatchObject({
      kind: 'unavailable',
      message: `${told}; whether the change was made is not known, so look before you repeat it`,
      details: { retryable: false },
    });
  });
});

describe('Mem0’s open-source server', () => {
  it('lets nothing expire, and looks into one agent’s memories at a time', async () => {
    const mem0 = new Mem0OssServer();
    const gateway = await startGateway({ env: { MEM0_API_URL: await mem0.contract.start(), MEM0_API_KEY: OSS_KEY } });
    const call = (operation: string, input: object) => gateway.post(`/api/services/mem0/${operation}`, input);
    expect((await call('remember', { text: 'a', expires: '2099-01-01' })).body).toMatchObject({
      error: { kind: 'invalid', message: expect.stringContaining('lets no memory expire') as string },
    });
    expect((await call('search', { query: 'a', agentId: '*' })).body).toMatchObject({ error: { kind: 'invalid' } });
    expect((await call('list', { agentId: '*' })).status).toBe(200);
    await gateway.close();
    await mem0.contract.close();
  });
});

describe('Mem0’s platform', () => {
  let mem0: Mem0PlatformServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    mem0 = new Mem0PlatformServer();
    const url = await mem0.contract.start();
    gateway = await startGateway({ env: { MEM0_API_URL: url, MEM0_API_KEY: PLATFORM_KEY, MEM0_MODE: 'platform' } });
  });
  afterAll(async () => {
    await gateway.close();
    await mem0.contract.close();
    expect(mem0.contract.violations).toEqual([]);
  });

  it('is waited for while it works, and tells its progress', async () => {
    mem0.work = { looks: 4, fails: false };
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      progressToken: 'p',
    };
    const params = { name: 'mem0_remember', arguments: { text: 'Later', expires: '2099-01-01' }, _meta };
    const { text } = await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'mem0_remember',
      },
    );
    expect(text).toContain('Mem0 is at it (running)');
    expect(text).toContain('"event":"ADD"');
    expect(mem0.contract.calls.find(({ path }) => path === '/v3/memories/add/')?.body).toMatchObject({
      expiration_date: '2099-01-01',
      agent_id: 'local',
    });
  });

  it('says so where it fails', async () => {
    mem0.work = { looks: 1, fails: true };
    expect((await gateway.post('/api/services/mem0/remember', { text: 'Lost' })).body).toMatchObject({
      error: { kind: 'failed', message: expect.stringContaining('failed to keep it') as string },
    });
  });

  it('is not configured without a key', async () => {
    await gateway.restart({ MEM0_API_KEY: '' });
    const missing = ['MEM0_API_KEY'];
    expect((await gateway.get('/mcp/service/mem0')).body).toMatchObject({ status: 'not configured', missing });
    expect((await gateway.post('/api/services/mem0/list', {})).body).toMatchObject({
      error: { kind: 'not-configured', details: { missing } },
    });
  });
});
