import { Agent, request } from 'node:http';
import { afterEach, afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '#libs/core';
import { asSuperuser, createDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';
import { BenchModule } from './fixtures/bench.service.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const someKey = { name: 'from the older router', permissions: ['read', 'monitor'] };
const PAGE = 'https://page.example.com';

interface Shown {
  value: unknown;
  origin: string;
  runtime: boolean;
  variable: string;
  description: string;
}

let gateway: TestGateway;

const start = (env: Record<string, string> = {}) => startGateway({ env, services: [BenchModule] });
const get = async (path: string) => (await gateway.get(path, admin)).body as any;
const change = (body: unknown, headers: Record<string, string> = {}) =>
  gateway.post('/config', body, { ...admin, ...headers });
const undo = (headers: Record<string, string> = {}) => gateway.post('/config/undo', {}, { ...admin, ...headers });
const read = async (key: string): Promise<Shown> => (await get('/config')).values[key];
const valueOf = async (key: string) => (await read(key)).value;
const versionNow = async (): Promise<number> => (await get('/config')).version;
const history = async (): Promise<any[]> => (await get('/config/history')).items;
const errorOf = ({ status, body }: Answer) => {
  const { kind, details } = (body as any).error;
  return { status, kind, issues: details.issues };
};

describe('GET /config', () => {
  beforeAll(async () => {
    gateway = await startGateway({
      env: {
        POSTGRES_FAR_SHOP_URL: 'postgres://reader:hush@127.0.0.1:1/shop',
        PUBLIC_URL: 'https://someone:hush@gateway.example.com',
        MCP_HOST: '127.0.0.1',
      },
    });
  });
  afterAll(() => gateway.close());

  it('shows every setting with its value, where it comes from, and whether it can be changed', async () => {
    const { values, version } = await get('/config');
    expect(version).toBe(0);
    expect(values).toMatchObject({
      'server.port': { value: 0, origin: 'environment', runtime: false, variable: 'PORT' },
      'server.host': { value: '127.0.0.1', origin: 'environment', runtime: false },
      'server.timeout': {
        value: 30_000,
        origin: 'default',
        runtime: true,
        variable: 'DEFAULT_TIMEOUT_MS',
        description: 'Deadline of an operation, in milliseconds',
      },
      'server.doors': {
        value: ['mcp', 'rpc', 'commands', 'rest', 'realtime', 'dashboard'],
        origin: 'default',
        runtime: false,
      },
      'security.requireApiKey': { value: false, origin: 'default', runtime: false },
      'security.trustedNetworks': { value: ['loopback'], origin: 'default', runtime: false },
      'security.ipBlacklist': { value: [], origin: 'default', runtime: true },
      'security.allowedOrigins': { value: null, origin: 'default', runtime: true },
      'postgres.far-shop.name': { value: null, origin: 'default', runtime: false },
      'postgres.far-shop.write': { value: false, origin: 'default', variable: 'POSTGRES_FAR_SHOP_WRITE' },
    });
  });

  it('masks secrets, and passwords inside addresses', async () => {
    const { values } = await get('/config');
    expect(values).toMatchObject({
      'security.adminKey': { value: '***', origin: 'environment' },
      'security.secretKey': { value: null, origin: 'default' },
      'store.databaseUrl': { value: '***' },
      'postgres.far-shop.url': { value: '***' },
      'server.publicUrl': { value: 'https://someone:***@gateway.example.com' },
    });
    const { text } = await gateway.get('/config', admin);
    for (const secret of ['hush', ADMIN_KEY]) expect(text).not.toContain(secret);
  });

  it.each([
    ['GET', '/config?key=server.port'],
    ['POST', '/config?dry=true'],
    ['POST', '/config/undo?version=1'],
    ['GET', '/config/history?limit=0'],
    ['GET', '/config/history?limit=x'],
    ['GET', '/config/history?cursor=x'],
    ['GET', '/config/history?since=x'],
  ])('%s %s is refused', async (method, path) => {
    const body = method === 'POST' ? { body: '{}' } : {};
    const headers = { ...admin, ...(method === 'POST' && { 'content-type': 'application/json' }) };
    expect((await gateway.send({ method, path, headers, ...body })).status).toBe(400);
  });
});

describe('who may', () => {
  let key: string;
  beforeAll(async () => {
    gateway = await start();
    const permissions = ['read', 'write', 'execute', 'monitor', 'approve'];
    const { body } = await gateway.post('/admin/api-keys', { name: 'all but admin', permissions }, admin);
    ({ key } = body as { key: string });
  });
  afterAll(() => gateway.close());

  const addresses = [
    ['GET', '/config'],
    ['POST', '/config'],
    ['GET', '/config/history'],
    ['POST', '/config/undo'],
    ['GET', '/config/export'],
    ['POST', '/config/plan'],
    ['POST', '/config/apply'],
  ];
  it.each(addresses)('%s %s: only an admin', async (method, path) => {
    const ask = async (headers: Record<string, string>) => {
      const json = method === 'POST' ? { 'content-type': 'application/json' } : {};
      const body = method === 'POST' ? { body: '{"server.timeout": 1000}' } : {};
      const { status } = await gateway.send({ method, path, headers: { ...headers, ...json } as any, ...body });
      return status;
    };
    expect([await ask({}), await ask({ 'x-mcp-key': key }), await ask({ 'x-mcp-key': 'nonsense' })]).toEqual([
      403, 403, 401,
    ]);
    expect(await valueOf('server.timeout')).toBe(30_000);
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'nobody with the content type %s',
    async (type) => {
      const headers: Record<string, string> = type === undefined ? admin : { ...admin, 'content-type': type };
      for (const body of ['{"server.timeout": 1000}', undefined]) {
        const sent = { method: 'POST', path: '/config', headers, ...(body && { body }) };
        expect((await gateway.send(sent)).status).toBe(415);
      }
      expect(await valueOf('server.timeout')).toBe(30_000);
    },
  );
});

describe('POST /config', () => {
  beforeAll(async () => {
    gateway = await start({ TRUSTED_PROXIES: '127.0.0.9' });
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    const { values } = await get('/config');
    const set = Object.keys(values).filter((key) => values[key].origin === 'runtime');
    await change(Object.fromEntries(set.map((key) => [key, null])));
  });

  it('takes dotted keys, nested ones, or both', async () => {
    const version = await versionNow();
    const body = {
      'server.timeout': 5000,
      server: { maxBodyBytes: 2048 },
      security: { ipBlacklist: ['192.0.2.0/24'] },
    };
    expect(await change(body)).toMatchObject({
      status: 200,
      body: {
        changed: {
          'server.timeout': { from: 30_000, to: 5000 },
          'server.maxBodyBytes': { from: 1_048_576, to: 2048 },
          'security.ipBlacklist': { from: [], to: ['192.0.2.0/24'] },
        },
        version: version + 1,
      },
    });
    expect(await read('server.timeout')).toMatchObject({ value: 5000, origin: 'runtime' });
    expect(await valueOf('security.ipBlacklist')).toEqual(['192.0.2.0/24']);
    expect((await get('/config')).version).toBe(version + 1);
  });

  it('takes the texts of variables too', async () => {
    const body = { 'server.timeout': '5000', 'security.ipBlacklist': '192.0.2.1, 192.0.2.2' };
    expect((await change(body)).status).toBe(200);
    expect(await valueOf('server.timeout')).toBe(5000);
    expect(await valueOf('security.ipBlacklist')).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('makes no version where nothing changes', async () => {
    await change({ 'server.timeout': 5000 });
    const version = await versionNow();
    for (const body of [
      {},
      { server: {} },
      { 'server.timeout': 5000 },
      { 'server.maxBodyBytes': 1_048_576 },
      { 'security.ipBlacklist': [] },
      { 'server.maxBodyBytes': null },
    ]) {
      expect([body, (await change(body)).body]).toEqual([body, { changed: {}, version }]);
    }
  });

  it('takes a runtime value away with null', async () => {
    await change({ 'server.timeout': 5000 });
    expect((await change({ server: { timeout: null } })).body).toMatchObject({
      changed: { 'server.timeout': { from: 5000, to: 30_000 } },
    });
    expect(await read('server.timeout')).toMatchObject({ value: 30_000, origin: 'default' });
  });

  const starts = (variable: string) => `no change while the gateway runs: set ${variable} and restart it`;
  it.each<[body: unknown, issues: [path: string, expected: unknown][]]>([
    [[], [['arguments', 'an object with settings']]],
    ['server', [['arguments', 'an object with settings']]],
    [null, [['arguments', 'an object with settings']]],
    [{ 'server.timeout': 99 }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': true }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': [5000] }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': {} }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': '' }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': 1e21 }, [['server.timeout', 'a whole number from 100 to 3600000']]],
    [{ 'server.timeout': '5\u0000' }, [['server.timeout', 'text without control characters']]],
    [{ 'security.allowedOrigins': ['a\u0000'] }, [['security.allowedOrigins', 'text without control characters']]],
    [{ 'security.allowedOrigins': ['page'] }, [['security.allowedOrigins', expect.stringContaining('origins')]]],
    [{ 'security.allowedOrigins': ['*'] }, [['security.allowedOrigins', expect.stringContaining('trusted address')]]],
    [{ 'security.allowedOrigins': [['https://a']] }, [['security.allowedOrigins', expect.anything()]]],
    [{ 'security.ipBlacklist': ['172/8'] }, [['security.ipBlacklist', expect.stringContaining('networks')]]],
    [{ 'security.ipBlacklist': 5 }, [['security.ipBlacklist', expect.stringContaining('networks')]]],
    [{ 'server.timeuot': 1 }, [['server.timeuot', expect.stringContaining('server.timeout')]]],
    [{ DEFAULT_TIMEOUT_MS: 1 }, [['DEFAULT_TIMEOUT_MS', 'a known setting, such as server.timeout']]],
    [{ server: { port: { x: 1 } } }, [['server.port', starts('PORT')]]],
    [{ 'server.port': 9000 }, [['server.port', starts('PORT')]]],
    [{ 'server.port': null }, [['server.port', starts('PORT')]]],
    [{ 'security.requireApiKey': false }, [['security.requireApiKey', starts('MCP_REQUIRE_API_KEY')]]],
    [{ security: { trustedNetworks: [] } }, [['security.trustedNetworks', starts('TRUSTED_NETWORKS')]]],
    [{ 'security.allowedHosts': ['x'] }, [['security.allowedHosts', starts('ALLOWED_HOSTS')]]],
    [{ 'store.dataDir': '/tmp' }, [['store.dataDir', starts('DATA_DIR')]]],
    [{ 'tools.allowedCommands': ['sh'] }, [['tools.allowedCommands', 'a setting that this version uses']]],
    [{ mcpServers: { a: { command: 'sh' } } }, [['mcpServers', starts('MCP_SERVERS')]]],
    [
      { 'server.timeout': 5000, server: { timeout: 6000, port: 1 }, 'security.ipBlacklist': ['x'] },
      [
        ['server.timeout', 'one value'],
        ['server.port', starts('PORT')],
        ['security.ipBlacklist', expect.stringContaining('networks')],
      ],
    ],
    [
      { 'security.createApiKey': { name: '', permissions: ['everything'] } },
      [
        ['security.createApiKey.name', 'at least 1 characters'],
        ['security.createApiKey.permissions[0]', expect.stringContaining('permission')],
      ],
    ],
    [{ 'security.createApiKey': null }, [['security.createApiKey', 'an object']]],
  ])('refuses %j, all of it, and names every bad key', async (body, issues) => {
    const before = await get('/config');
    const answer = await change(body);
    expect(errorOf(answer)).toEqual({
      status: 400,
      kind: 'invalid',
      issues: issues.map(([path, expected]) => ({ path, expected, got: expect.any(String) })),
    });
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
      const beside = { 'server.maxBodyBytes': 4096, ...body };
      expect((await change(beside)).status).toBe(400);
    }
    expect(await get('/config')).toEqual(before);
  });

  it('shows no secret that was sent', async () => {
    for (const key of ['security.adminKey', 'store.databaseUrl', 'security.adminKy']) {
      const { status, text } = await change({ [key]: 'postgres://hush-hush-hush-hush-hush' });
      expect([key, status, text.includes('hush')]).toEqual([key, 400, false]);
    }
  });

  it('runs changes one after another', async () => {
    const version = await versionNow();
    const values = Array.from({ length: 10 }, (_, i) => 1000 + i);
    const answers = await Promise.all(values.map((value) => change({ 'server.timeout': value })));
    const versions = answers.map(({ body }) => (body as { version: number }).version);
    expect(versions.sort((a, b) => a - b)).toEqual(values.map((_, i) => version + 1 + i));
    const changes = (await history()).slice(0, 10).map(({ changes }) => changes['server.timeout']);
    expect(changes.slice(0, -1).map(({ from }) => from)).toEqual(changes.slice(1).map(({ to }) => to));
  });
});

describe('a change that would lock its maker out is refused', () => {
  beforeAll(async () => {
    gateway = await start({ TRUSTED_PROXIES: '127.0.0.1', ALLOWED_ORIGINS: `${PAGE},https://other.example.com` });
  });
  afterAll(() => gateway.close());

  it.each<[what: string, body: object, headers: Record<string, string>, status: number]>([
    ['its own address', { 'security.ipBlacklist': ['127.0.0.1'] }, {}, 409],
    ['a network that holds it', { security: { ipBlacklist: '192.0.2.1,loopback' } }, {}, 409],
    ['its IPv6 form', { 'security.ipBlacklist': ['::ffff:127.0.0.0/104'] }, {}, 409],
    ['its address behind a proxy', { 'security.ipBlacklist': ['192.0.2.7'] }, { 'x-forwarded-for': '192.0.2.7' }, 409],
    ['its proxy alone', { 'security.ipBlacklist': ['127.0.0.1'] }, { 'x-forwarded-for': '192.0.2.7' }, 200],
    ['all others', { 'security.ipBlacklist': ['loopback', '!127.0.0.1'] }, { 'x-forwarded-for': '192.0.2.7' }, 200],
    ['its page', { 'security.allowedOrigins': ['https://other.example.com'] }, { origin: PAGE }, 409],
    ['every page', { 'security.allowedOrigins': [] }, { origin: PAGE }, 409],
    ['other pages', { 'security.allowedOrigins': [PAGE] }, { origin: PAGE }, 200],
    ['its page and more', { 'security.allowedOrigins': [], 'server.timeout': 777 }, { origin: PAGE }, 409],
  ])('%s', async (_what, body, headers, status) => {
    const before = await get('/config');
    const answer = await change(body, headers);
    expect(answer.status).toBe(status);
    if (status === 409) {
      expect((answer.body as any).error.message).toMatch(/lock you out$/);
      expect(await get('/config')).toEqual(before);
    } else {
      await undo(headers);
    }
  });

  it('from the page that it would shut out, and not from the gateway’s own', async () => {
    const own = gateway.url;
    const { status } = await change({ 'security.allowedOrigins': [] }, { origin: own });
    expect(status).toBe(200);
    expect((await undo({ origin: own })).status).toBe(200);
  });

  it('as an undo too', async () => {
    const behind = { 'x-forwarded-for': '192.0.2.7' };
    await change({ 'security.ipBlacklist': ['198.51.100.1'] });
    await change({ 'security.ipBlacklist': ['127.0.0.1'] }, behind);
    await change({ 'security.ipBlacklist': ['198.51.100.1'] }, behind);
    expect((await undo()).status).toBe(409);
    expect(await valueOf('security.ipBlacklist')).toEqual(['198.51.100.1']);
    expect((await undo(behind)).status).toBe(200);
    await change({ 'security.ipBlacklist': null }, behind);
  });
});

describe('a change works at once', () => {
  beforeAll(async () => {
    gateway = await start({ TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => gateway.close());

  const wait = (ms: number) => gateway.rpc('mcp.execute', { service: 'bench', operation: 'wait', ms });

  it('the deadline of operations', async () => {
    expect((await wait(150)).result).toBeDefined();
    await change({ 'server.timeout': 100 });
    expect((await wait(5_000)).error).toMatchObject({ code: -32_017 });
    await undo();
    expect((await wait(150)).result).toBeDefined();
  });

  it('the largest body', async () => {
    const post = async () =>
      (await gateway.post('/mcp/rpc', { jsonrpc: '2.0', id: 'x'.repeat(3000), method: 'ping' })).status;
    await change({ 'server.maxBodyBytes': 2048 });
    expect(await post()).toBe(413);
    await undo();
    expect(await post()).toBe(200);
  });

  it('the pages that may call', async () => {
    const statusFrom = async (origin: string) => (await gateway.get('/mcp/catalog', { origin })).status;
    expect(await statusFrom(PAGE)).toBe(403);
    await change({ 'security.allowedOrigins': [PAGE] });
    expect([await statusFrom(PAGE), await statusFrom('https://other.example.com')]).toEqual([200, 403]);
    await change({ 'security.allowedOrigins': ['https://other.example.com'] });
    expect([await statusFrom(PAGE), await statusFrom('https://other.example.com')]).toEqual([403, 200]);
    await change({ 'security.allowedOrigins': null });
    expect(await statusFrom('https://other.example.com')).toBe(403);
  });

  it('the addresses that are refused, at every door and on connections that are open', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const ask = (path: string, method = 'GET') =>
      new Promise<number>((resolve, reject) => {
        const headers = {
          'x-forwarded-for': '192.0.2.7',
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        };
        const sent = request(`${gateway.url}${path}`, { agent, method, headers }, (answer) => {
          ports.add(sent.socket?.localPort);
          answer.resume().once('end', () => {
            resolve(answer.statusCode ?? 0);
          });
        });
        sent.once('error', reject);
        sent.end();
      });
    expect(await ask('/mcp/catalog')).toBe(401);
    await change({ 'security.ipBlacklist': ['192.0.2.0/24'] });
    const statuses = [];
    for (const path of [
      '/mcp/catalog',
      '/mcp/rpc',
      '/',
      '/nowhere',
      '/docs/start.js',
      '/health/x',
      '/health',
      '/ready',
    ]) {
      statuses.push([path, await ask(path)]);
    }
    expect(statuses).toEqual([
      ['/mcp/catalog', 403],
      ['/mcp/rpc', 403],
      ['/', 403],
      ['/nowhere', 403],
      ['/docs/start.js', 403],
      ['/health/x', 403],
      ['/health', 200],
      ['/ready', 200],
    ]);
    await undo();
    expect(await ask('/mcp/catalog')).toBe(401);
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('an address that is refused is told so, whatever it presents', async () => {
    await change({ 'security.ipBlacklist': ['192.0.2.7'] });
    const behind = { 'x-forwarded-for': '192.0.2.7' };
    const rest = await gateway.get('/config', { ...admin, ...behind });
    expect(rest).toMatchObject({ status: 403, body: { status: 'error', error: { kind: 'forbidden', code: -32_011 } } });
    expect(rest.headers['x-request-id']).toMatch(UUID);
    const rpc = await gateway.post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method: 'ping' }, { ...admin, ...behind });
    expect(rpc).toMatchObject({ status: 403, body: { jsonrpc: '2.0', id: null, error: { code: -32_011 } } });
    const hostless = await gateway.get('/mcp/catalog', { ...behind, host: 'evil.example.com' });
    expect(hostless.status).toBe(403);
    expect((await gateway.get('/config', { ...admin, 'x-forwarded-for': '192.0.2.8' })).status).toBe(200);
    await undo();
  });
});

describe('the history', () => {
  beforeEach(async () => {
    gateway = await start();
  });
  afterEach(() => gateway.close());

  it('says who changed what and when, newest first', async () => {
    await change({ 'server.timeout': 5000 }, { 'x-request-id': 'first' });
    await change({ 'server.timeout': 6000, 'security.ipBlacklist': ['192.0.2.1'] }, { 'x-request-id': 'second' });
    expect(await get('/config/history')).toEqual({
      items: [
        {
          version: 2,
          time: expect.stringMatching(TIME),
          caller: { id: 'environment', subject: 'MCP_ADMIN_KEY' },
          requestId: 'second',
          changes: {
            'server.timeout': { from: 5000, to: 6000 },
            'security.ipBlacklist': { from: [], to: ['192.0.2.1'] },
          },
        },
        {
          version: 1,
          time: expect.stringMatching(TIME),
          caller: { id: 'environment', subject: 'MCP_ADMIN_KEY' },
          requestId: 'first',
          changes: { 'server.timeout': { from: 30_000, to: 5000 } },
        },
      ],
      nextCursor: null,
    });
  });

  it('is read in pages', async () => {
    for (let i = 1; i <= 5; i++) await change({ 'server.timeout': 1000 + i });
    const versions: number[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: any = await get(`/config/history?limit=2${cursor && `&cursor=${cursor}`}`);
      versions.push(page.items.map((item: { version: number }) => item.version));
      cursor = page.nextCursor;
    }
    expect(versions).toEqual([[5, 4], [3, 2], [1]]);
  });

  it('undo walks back, and a new change starts anew', async () => {
    for (const value of [1000, 2000]) await change({ 'server.timeout': value });
    expect((await undo()).body).toEqual({ changed: { 'server.timeout': { from: 2000, to: 1000 } }, version: 3 });
    await change({ 'server.timeout': 3000, 'server.maxBodyBytes': 2048 });
    expect((await undo()).body).toEqual({
      changed: { 'server.timeout': { from: 3000, to: 1000 }, 'server.maxBodyBytes': { from: 2048, to: 1_048_576 } },
      version: 5,
    });
    expect((await undo()).body).toEqual({ changed: { 'server.timeout': { from: 1000, to: 30_000 } }, version: 6 });
    expect(await read('server.timeout')).toMatchObject({ value: 30_000, origin: 'default' });
    expect(errorOf(await undo())).toMatchObject({ status: 409, kind: 'failed' });
    expect((await history()).map(({ version, undoes }) => [version, undoes])).toEqual([
      [6, 1],
      [5, 4],
      [4, undefined],
      [3, 2],
      [2, undefined],
      [1, undefined],
    ]);
  });

  it('an undo brings a value back that null took away', async () => {
    await change({ 'server.timeout': 1000 });
    await change({ 'server.timeout': null });
    await undo();
    expect(await read('server.timeout')).toMatchObject({ value: 1000, origin: 'runtime' });
  });

  it('an undo takes no arguments', async () => {
    expect((await gateway.post('/config/undo', { version: 1 }, admin)).status).toBe(400);
  });
});

describe('runtime values', () => {
  let database: string;

  beforeEach(async () => {
    gateway = await start({ DEFAULT_TIMEOUT_MS: '20000' });
    const { options } = gateway.gateway.app.get(Store).dataSource;
    ({ database } = options.extra as { database: string });
  });
  afterEach(() => gateway.close());

  it('outlive a restart and go before the environment, whose value comes back with null', async () => {
    await change({ 'server.timeout': 5000, 'security.allowedOrigins': [PAGE] });
    await gateway.restart({ DEFAULT_TIMEOUT_MS: '25000', ALLOWED_ORIGINS: 'https://other.example.com' });
    expect(await read('server.timeout')).toMatchObject({ value: 5000, origin: 'runtime' });
    expect((await gateway.get('/mcp/catalog', { origin: PAGE })).status).toBe(200);
    expect((await get('/config')).version).toBe(1);
    expect((await change({ 'server.timeout': null })).body).toEqual({
      changed: { 'server.timeout': { from: 5000, to: 25_000 } },
      version: 2,
    });
    expect(await read('server.timeout')).toMatchObject({ value: 25_000, origin: 'environment' });
    expect((await undo()).body).toMatchObject({ version: 3 });
    await gateway.restart();
    expect(await valueOf('server.timeout')).toBe(5000);
  });

  it.each([
    ['server.timeout', 'nonsense', 20_000],
    ['server.port', '1', 0],
    ['security.allowedOrigins', '*', null],
  ])('that may not stand are left out: %s', async (key, text, value) => {
    await change({ 'server.maxBodyBytes': 2048 });
    await asSuperuser(database, `INSERT INTO config_values VALUES ('${key}', '${text}'), ('of.another.version', 'x')`);
    await gateway.restart();
    expect(await valueOf(key)).toEqual(value);
    expect((await read(key)).origin).not.toBe('runtime');
    expect(await valueOf('server.maxBodyBytes')).toBe(2048);
    expect((await change({ 'server.maxBodyBytes': 4096 })).status).toBe(200);
  });
});

it('nothing changes while the store is away, and what it holds counts again when it is back', async () => {
  const database = await createDatabase();
  const line = await Relay.to(database.url);
  gateway = await start({ DATABASE_URL: line.url });
  try {
    await change({ 'server.timeout': 5000 });
    const before = await get('/config');
    await line.cut();
    for (const body of [{ 'server.timeout': 6000 }, { 'server.timeout': 7000, 'security.createApiKey': someKey }]) {
      expect(errorOf(await change(body))).toMatchObject({ status: 502, kind: 'unavailable' });
    }
    expect(errorOf(await undo())).toMatchObject({ status: 502, kind: 'unavailable' });
    expect((await gateway.get('/config/history', admin)).status).toBe(502);
    expect(await get('/config')).toEqual(before);
    // as another gateway would
    await asSuperuser(database.name, `UPDATE config_values SET value = '8000'`);
    await line.mend();
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toBe(8000), 10_000);
    expect((await change({ 'server.timeout': 9000 })).body).toEqual({
      changed: { 'server.timeout': { from: 8000, to: 9000 } },
      version: 2,
    });
  } finally {
    await gateway.close();
    await line.cut();
    await database.drop();
  }
});

describe('security.createApiKey', () => {
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway.close());

  it('makes a key as POST /admin/api-keys does', async () => {
    const like = (await gateway.post('/admin/api-keys', someKey, admin)).body as Record<string, unknown>;
    const { status, body } = await change({ 'security.createApiKey': someKey });
    const made = (body as any).changed['security.createApiKey'];
    expect(status).toBe(200);
    expect(body).toEqual({ changed: { 'security.createApiKey': made }, version: 0 });
    expect(Object.keys(made)).toEqual(Object.keys(like));
    expect(made).toMatchObject({
      id: expect.stringMatching(UUID),
      key: expect.stringMatching(/^mcp_live_/),
      ...someKey,
    });
    expect((await gateway.get('/api/stats', { 'x-mcp-key': made.key })).status).toBe(200);
    expect((await gateway.get('/config', { 'x-mcp-key': made.key })).status).toBe(403);
  });

  it('beside other keys applies with all of them, and stands in no history', async () => {
    const { body } = await change({ security: { createApiKey: someKey }, 'server.timeout': 5000 });
    const { changed, version } = body as any;
    expect(changed['server.timeout']).toEqual({ from: 30_000, to: 5000 });
    expect(version).toBe(1);
    const { text } = await gateway.get('/config/history', admin);
    expect(text).not.toContain('mcp_live_');
    expect((await history())[0].changes).toEqual({ 'server.timeout': { from: 30_000, to: 5000 } });
  });

  it('beside a key that is refused makes none', async () => {
    const count = async () => (await get('/admin/api-keys')).items.length;
    const before = await count();
    expect((await change({ 'security.createApiKey': someKey, 'server.port': 1 })).status).toBe(400);
    expect((await change({ 'security.createApiKey': someKey, 'security.ipBlacklist': 'loopback' })).status).toBe(409);
    expect(await count()).toBe(before);
    expect(await valueOf('security.ipBlacklist')).toEqual([]);
  });
});
