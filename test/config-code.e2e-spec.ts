import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

vi.setConfig({ testTimeout: 60_000 });

const admin = { 'x-mcp-key': ADMIN_KEY };
const server = fileURLToPath(new URL('fixtures/upstreams/unsteady-server.js', import.meta.url));
const upstream = (more: object = {}) => ({ command: process.execPath, args: [server], cwd: process.cwd(), ...more });

const directory = mkdtempSync(join(tmpdir(), 'config-'));
const file = join(directory, 'settings.json');
let gateway: TestGateway;

async function start(content: unknown, env: Record<string, string> = {}): Promise<void> {
  writeFileSync(file, JSON.stringify(content));
  gateway = await startGateway({ env: { MCP_CONFIG_FILE: file, ...env } });
}
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const get = async (path: string) => (await gateway.get(path, admin)).body as any;
const post = (path: string, body: unknown) => gateway.post(path, body, admin);
const send = async (method: string, path: string, body?: unknown) => {
  const headers = { ...admin, ...(body !== undefined && { 'content-type': 'application/json' }) };
  return gateway.send({ method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
};
const plan = async (document: unknown) => {
  const { status, body } = await post('/config/plan', document);
  expect(status).toBe(200);
  return body as any;
};
const none = { added: [], removed: [], changed: [] };

describe('GET /config/export', () => {
  beforeAll(async () => {
    await start(
      {
        server: { timeout: 20_000, publicUrl: 'https://someone:hush-hush@gateway.example.com' },
        policies: { roles: { reader: ['read'] } },
        mcpServers: {
          pets: {
            ...upstream(),
            args: [server, '{}'],
            env: { API_TOKEN: 'hush-hush', REGION: 'eu', OTHER_TOKEN: '${THERE}' },
          },
          shop: {
            url: 'https://mcp.example.com/mcp?key=hush-hush',
            headers: { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'hush-hush' },
            enabled: false,
          },
        },
        toolsets: { small: { tools: ['gateway.echo'] } },
      },
      {
        WEB_ALLOWED_HOSTS: 'wiki.example.com',
        MCP_MAX_BODY_BYTES: '2000',
        POSTGRES_SHOP_URL: 'postgres://reader:hush-hush@127.0.0.1:1/shop',
      },
    );
    await post('/config', { 'results.maxTokens': 5000, 'security.ipBlacklist': ['192.0.2.0/24'] });
    await post('/admin/toolsets', { name: 'made', tools: ['gateway.whoami'], description: 'Who am I' });
    await post('/admin/upstreams', {
      name: 'far',
      url: 'https://93.184.215.14/mcp',
      headers: { 'X-Key': 'hush-hush' },
      enabled: false,
    });
  });
  afterAll(() => gateway.close());

  it('says all that is no default in the shape of the config file, without secrets', async () => {
    const { text, body } = await gateway.get('/config/export', admin);
    expect(text).not.toContain('hush-hush');
    expect(text).not.toContain(ADMIN_KEY);
    expect(body).toMatchObject({
      $secrets: [
        'DATABASE_URL',
        'MCP_ADMIN_KEY',
        'MCP_FAR_X_KEY',
        'MCP_PETS_API_TOKEN',
        'MCP_SHOP_QUERY',
        'MCP_SHOP_X_KEY',
        'POSTGRES_SHOP_URL',
        'PUBLIC_URL',
      ],
      server: { timeout: 20_000, maxBodyBytes: 2000 },
      results: { maxTokens: 5000 },
      security: { ipBlacklist: ['192.0.2.0/24'] },
      policies: { roles: { reader: ['read'] }, rules: [] },
      mcpServers: {
        pets: {
          args: [server, '{}'],
          env: { API_TOKEN: '${MCP_PETS_API_TOKEN}', REGION: 'eu', OTHER_TOKEN: '${THERE}' },
        },
        shop: {
          url: 'https://mcp.example.com/mcp?${MCP_SHOP_QUERY}',
          headers: { Authorization: 'Bearer ${TOKEN}', 'X-Key': '${MCP_SHOP_X_KEY}' },
          enabled: false,
        },
        far: { url: 'https://93.184.215.14/mcp', headers: { 'X-Key': '${MCP_FAR_X_KEY}' }, enabled: false },
      },
      toolsets: { small: { tools: ['gateway.echo'] }, made: { tools: ['gateway.whoami'], description: 'Who am I' } },
    });
  });

  it('changes nothing where it is planned or applied again', async () => {
    const document = await get('/config/export');
    expect(await plan(document)).toMatchObject({
      changes: [],
      upstreams: none,
      toolsets: none,
      decisions: { otherwise: [] },
    });
    const { version } = (await get('/config')) as { version: number };
    const applied = await post('/config/apply', document);
    expect(applied).toMatchObject({ status: 200, body: { changes: [], version } });
  });

  it('makes the same gateway as a config file', async () => {
    const document = await get('/config/export');
    const other = join(directory, 'exported.json');
    writeFileSync(other, JSON.stringify(document));
    const there = await startGateway({
      env: { MCP_CONFIG_FILE: other, POSTGRES_SHOP_URL: 'postgres://reader:hush-hush@127.0.0.1:1/shop' },
    });
    try {
      const again = (await there.get('/config/export', admin)).body as any;
      const { $secrets: _, store: _store, tools: _tools, ...same } = document;
      expect(again).toMatchObject({ ...same, server: { ...same.server, port: 0 } });
    } finally {
      await there.close();
    }
  });
});

describe('POST /config/plan', () => {
  let reader: string;
  beforeAll(async () => {
    await start({
      mcpServers: { kept: { ...upstream(), enabled: false }, gone: { ...upstream(), enabled: false } },
      toolsets: { small: { tools: ['gateway.echo'] }, old: { tools: ['gateway.echo'] } },
    });
    const { body } = await post('/admin/api-keys', { name: 'reader', permissions: ['read'] });
    reader = (body as { key: string }).key;
    for (let count = 0; count < 3; count += 1) {
      await gateway.post('/api/services/gateway/echo', { message: 'x' }, { 'x-mcp-key': reader });
    }
    await gateway.post('/api/services/gateway/whoami', {}, { 'x-mcp-key': reader });
  });
  afterAll(() => gateway.close());

  it('tells what would change and what needs a restart, and changes nothing', async () => {
    const before = await get('/config');
    expect(
      await plan({
        server: { timeout: 5000, hotPath: 'off' },
        'security.ipBlacklist': [],
        mcpServers: { kept: { ...upstream(), enabled: false, description: 'Kept' }, fresh: upstream() },
        toolsets: { small: { tools: ['gateway.whoami'] }, fresh: { tools: ['gateway.echo'] } },
      }),
    ).toMatchObject({
      changes: [
        { key: 'server.hotPath', from: 'on', to: 'off', needsRestart: true },
        { key: 'server.timeout', from: 30_000, to: 5000, needsRestart: false },
      ],
      upstreams: { added: ['fresh'], removed: ['gone'], changed: ['kept'] },
      toolsets: { added: ['fresh'], removed: ['old'], changed: ['small'] },
    });
    expect(await get('/config')).toEqual(before);
  });

  it('tells which calls of the last week would be decided otherwise, and why', async () => {
    const policies = {
      rules: [{ name: 'no-echo', effect: 'deny', callers: ['key:reader'], operations: ['gateway.echo'] }],
    };
    const { decisions } = await plan({ policies, 'approvals.require': ['gateway.whoami'] });
    expect(decisions).toEqual({
      checked: 2,
      skipped: 0,
      otherwise: [
        {
          caller: expect.any(String) as string,
          operation: 'gateway.echo',
          count: 3,
          before: 'allowed',
          after: 'denied',
          because: ['The rule "no-echo" denies it, and a rule that denies always wins'],
        },
        {
          caller: expect.any(String) as string,
          operation: 'gateway.whoami',
          count: 1,
          before: 'allowed',
          after: 'needs approval',
          because: ['approvals.require names it', 'The permission read allows it'],
        },
      ],
    });
    // what was foreseen is what comes
    await post('/config/apply', { policies });
    const echo = () => gateway.post('/api/services/gateway/echo', { message: 'x' }, { 'x-mcp-key': reader });
    expect((await echo()).status).toBe(403);
    await post('/config/undo', {});
    expect((await echo()).status).toBe(200);
  });

  it('decides each call by its arguments where rules look at them, and says where the audit does not show them', async () => {
    const deny = (message: string) => ({
      policies: { rules: [{ name: 'no-x', effect: 'deny', operations: ['gateway.echo'], when: { message } }] },
    });
    const echo = (message: string) => gateway.post('/api/services/gateway/echo', { message }, { 'x-mcp-key': reader });
    for (const message of ['harmless', 'forbidden', 'forbidden', `sk-${'x'.repeat(40)}`]) await echo(message);
    const { decisions } = await plan(deny('forbidden'));
    const told = { caller: expect.any(String) as string, operation: 'gateway.echo', before: 'allowed' };
    expect(decisions.otherwise).toEqual([
      {
        ...told,
        count: 2,
        after: 'denied',
        because: expect.arrayContaining([expect.stringMatching(/no-x.*that is so/)]) as string[],
      },
      { ...told, count: 1, after: 'depends on the arguments', because: expect.any(Array) as string[] },
    ]);
    expect((await plan(deny('never said'))).decisions.otherwise).toMatchObject([{ count: 1 }]);
  });

  it.each([
    [{ server: { tiemout: 1 } }, 'server.tiemout'],
    [{ server: { timeout: 1 } }, 'server.timeout'],
    [{ mcpServers: { a: {} } }, 'mcpServers'],
    [[], 'arguments'],
  ])('refuses %j', async (document, path) => {
    for (const route of ['/config/plan', '/config/apply']) {
      expect(await post(route, document)).toMatchObject({
        status: 400,
        body: { error: { details: { issues: [{ path }] } } },
      });
    }
  });
});

describe('POST /config/apply', () => {
  beforeAll(() => start({ toolsets: { small: { tools: ['gateway.echo'] } } }));
  afterAll(() => gateway.close());

  it('makes one version of all of it, which one undo takes back', async () => {
    const { version } = (await get('/config')) as { version: number };
    const document = {
      server: { timeout: 5000 },
      results: { maxTokens: 4000 },
      toolsets: { other: { tools: ['gateway.echo'] } },
    };
    expect(await post('/config/apply', document)).toMatchObject({
      status: 200,
      body: {
        changes: [{ key: 'results.maxTokens' }, { key: 'server.timeout', from: 30_000, to: 5000 }],
        toolsets: { added: ['other'], removed: ['small'], changed: [] },
        version: version + 1,
      },
    });
    const names = async () => (await get('/admin/toolsets')).items.map(({ name }: { name: string }) => name);
    expect(await names()).toEqual(['other']);
    const [entry] = (await get('/config/history')).items;
    expect(Object.keys(entry.changes).sort()).toEqual(['results.maxTokens', 'server.timeout', 'toolsets']);
    await post('/config/undo', {});
    expect(await names()).toEqual(['small']);
    expect((await get('/config')).values['server.timeout'].value).toBe(30_000);
  });

  it('applies nothing where a part needs a restart, or other upstreams', async () => {
    const document = { server: { timeout: 5000, hotPath: 'off' }, mcpServers: { fresh: upstream() } };
    expect(await post('/config/apply', document)).toMatchObject({
      status: 400,
      body: { error: { details: { issues: [{ path: 'server.hotPath' }, { path: 'mcpServers' }] } } },
    });
    expect((await get('/config')).values['server.timeout'].value).toBe(30_000);
  });

  it('does not lock its own maker out', async () => {
    expect((await post('/config/apply', { 'security.ipBlacklist': ['127.0.0.1'] })).status).toBe(409);
    const rules = [{ name: 'no-admin', effect: 'deny', operations: ['admin'] }];
    expect((await post('/config/apply', { policies: { rules } })).status).toBe(409);
  });
});

describe('a gateway whose configuration is managed by its file', () => {
  beforeAll(async () => {
    await start({ server: { timeout: 5000 } });
    await post('/config', { 'server.timeout': 6000 });
    await gateway.restart({ MCP_CONFIG_MANAGED: 'file' });
  });
  afterAll(() => gateway.close());

  it.each([
    ['POST', '/config', { 'server.timeout': 7000 }],
    ['POST', '/config/undo', {}],
    ['POST', '/config/apply', { server: { timeout: 7000 } }],
    ['POST', '/admin/toolsets', { name: 'made', tools: ['gateway.echo'] }],
    ['PATCH', '/admin/toolsets/made', { tools: ['gateway.echo'] }],
    ['DELETE', '/admin/toolsets/made', undefined],
    ['POST', '/admin/upstreams', { name: 'far', url: 'https://93.184.215.14/mcp' }],
    ['PATCH', '/admin/upstreams/far', { enabled: false }],
    ['DELETE', '/admin/upstreams/far', undefined],
  ])('refuses %s %s and says what to do instead', async (method, path, body) => {
    expect(await send(method, path, body)).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('change it there') as string } },
    });
  });

  it('does not use what was changed at runtime before', async () => {
    expect((await get('/config')).values['server.timeout']).toMatchObject({ value: 5000, origin: 'file' });
  });

  it('plans, exports and makes keys all the same', async () => {
    expect((await plan({ server: { timeout: 7000 } })).changes).toHaveLength(1);
    expect((await get('/config/export')).server.timeout).toBe(5000);
    expect((await post('/admin/api-keys', { name: 'one', permissions: ['read'] })).status).toBe(201);
    const key = { name: 'two', permissions: ['read'] };
    expect((await post('/config', { 'security.createApiKey': key })).status).toBe(200);
  });
});
