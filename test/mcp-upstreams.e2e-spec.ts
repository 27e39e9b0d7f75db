import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { tools } from './fixtures/upstreams/tools.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const everything = { elicitation: {}, sampling: {}, roots: {} };

let gateway: TestGateway;
let fixtures: HttpUpstream[];
beforeAll(async () => {
  const [modern, session] = (fixtures = await Promise.all([modernServer(), sessionServer('v1')]));
  const stdio = {
    command: process.execPath,
    args: ['test/fixtures/upstreams/session-server.js'],
    cwd: process.cwd(),
  };
  const servers = { modern: { url: modern!.url }, session: { url: session!.url }, stdio };
  gateway = await startGateway({
    env: {
      MCP_SERVERS: JSON.stringify(servers),
      MCP_TOOLSETS: '{"echoes": {"tools": ["*__echo"]}, "growing": {"tools": ["stdio.*"]}}',
    },
  });
  await Promise.all(Object.keys(servers).map(reached));
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(fixtures.map((fixture) => fixture.close()));
});

async function reached(name: string): Promise<void> {
  const client = await connect(`/mcp/servers/${name}`, 'legacy');
  await client.close();
}

type Era = '2026-07-28' | 'legacy';

async function connect(path: string, era: Era, { name = 'test', key = ADMIN_KEY, capabilities = everything } = {}) {
  const mode = era === 'legacy' ? 'legacy' : { pin: era };
  const client = new Client({ name, version: '1' }, { capabilities, versionNegotiation: { mode } });
  if ('elicitation' in capabilities) {
    client.setRequestHandler('elicitation/create', (() => ({ action: 'accept', content: { name } })) as never);
    client.setRequestHandler('sampling/createMessage', () => ({
      role: 'assistant' as const,
      model: 'm',
      content: { type: 'text' as const, text: name },
    }));
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: `file:///${name}` }] }));
  }
  const requestInit = { headers: { 'x-mcp-key': key } };
  await client.connect(new StreamableHTTPClientTransport(new URL(path, gateway.url), { requestInit }));
  return client;
}

const said = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;
const rpcCall = (service: string, operation: string, params: object) =>
  gateway.rpc('mcp.execute', { service, operation, ...params }, admin);

const eras: Era[] = ['legacy', '2026-07-28'];
const upstreams = ['modern', 'session', 'stdio'];
const pairs = eras.flatMap((era) => upstreams.map((upstream) => [era, upstream] as const));

describe.each(pairs)('a client of %s, at the address of the upstream %s', (era, upstream) => {
  const path = `/mcp/servers/${upstream}`;
  it('finds the upstream as it is', async () => {
    const client = await connect(path, era);
    expect(client.getServerVersion()).toEqual({
      name: `${upstream === 'modern' ? 'modern' : 'session'}-server`,
      version: '1.0.0',
    });
    if (upstream !== 'stdio') {
      expect(client.getInstructions()).toBe('Be kind');
      expect((await client.listTools()).tools).toEqual(tools);
      expect((await client.listResources()).resources).toEqual([{ uri: 'fixture://watched', name: 'watched' }]);
      expect((await client.readResource({ uri: 'fixture://watched' })).contents).toEqual([
        { uri: 'fixture://watched', text: 'watched' },
      ]);
      expect((await client.listPrompts()).prompts).toEqual([{ name: 'greet' }]);
      expect((await client.getPrompt({ name: 'greet' })).messages).toMatchObject([{ content: { text: 'Hello' } }]);
    }
    await client.close();
  });

  it('calls, follows, cancels and is asked', async () => {
    const client = await connect(path, era, { name: 'Ann' });
    expect(said(await client.callTool({ name: 'echo', arguments: { message: 'hello' } }))).toBe('hello');
    const seen: number[] = [];
    const counted = await client.callTool(
      { name: 'count', arguments: { to: 3 } },
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    expect([said(counted), seen]).toEqual(['3', [1, 2, 3]]);
    expect(said(await client.callTool({ name: 'ask', arguments: {} }))).toBe('accept Ann');
    const stop = new AbortController();
    const waiting = client.callTool({ name: 'wait', arguments: { ms: 60_000 } }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(waiting).rejects.toThrow();
    await client.close();
  });

  it('gets the upstream’s own errors', async () => {
    const client = await connect(path, era);
    await expect(client.callTool({ name: 'no such tool', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it('gets large answers whole', async () => {
    const client = await connect(path, era);
    const message = 'line\n'.repeat(40_000);
    expect(said(await client.callTool({ name: 'echo', arguments: { message } }))).toBe(message);
    await client.close();
  });
});

describe.each(eras)('a client of %s, at /mcp', (era) => {
  it('finds all upstreams’ tools beside the gateway’s own', async () => {
    const client = await connect('/mcp', era);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['gateway_echo', 'modern__echo', 'session__echo', 'stdio__echo']));
    await client.close();
  });

  it.each(upstreams)('calls %s, follows and is asked', async (upstream) => {
    const client = await connect('/mcp', era, { name: 'Bea' });
    const seen: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => seen.push(progress);
    await client.callTool({ name: `${upstream}__count`, arguments: { to: 3 } }, { onprogress });
    expect(seen).toEqual([1, 2, 3]);
    expect(said(await client.callTool({ name: `${upstream}__ask`, arguments: {} }))).toBe('accept Bea');
    await client.close();
  });

  it('reads resources and gets prompts of upstreams', async () => {
    const client = await connect('/mcp', era);
    const { resources } = await client.listResources();
    const uri = 'upstream+session:fixture://watched';
    expect(resources.find((each) => each.uri === uri)).toEqual({ uri, name: 'watched' });
    expect((await client.readResource({ uri })).contents).toEqual([{ uri, text: 'watched' }]);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain('modern__greet');
    expect((await client.getPrompt({ name: 'modern__greet' })).messages).toMatchObject([
      { content: { text: 'Hello' } },
    ]);
    await client.close();
  });

  it('gets an answer over its budget in part, and the rest by read_result', async () => {
    const client = await connect('/mcp', era);
    const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
    const result = await client.callTool({ name: 'session__echo', arguments: { message: lines.join('\n') } });
    const content = result.content as { type: string; text: string; uri?: string }[];
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(65_536);
    const shown = content[0]!.text.trimEnd().split('\n');
    expect(shown).toEqual(lines.slice(0, shown.length));
    const link = content.find(({ type }) => type === 'resource_link');
    const rest = await client.callTool({ name: 'read_result', arguments: { id: link!.uri, offset: 19_999 } });
    expect(rest.structuredContent).toMatchObject({ text: 'line 19999', total: 20_000, nextOffset: null });
    await client.close();
  });
});

describe('an upstream’s tool at the other doors', () => {
  it('answers MCP’s result as data', async () => {
    const data = { content: [{ type: 'text', text: 'hello' }] };
    const { result } = await rpcCall('session', 'echo', { message: 'hello' });
    expect(result).toMatchObject({ status: 'success', data });
    const rest = await gateway.post('/api/services/session/echo', { message: 'hello' }, admin);
    expect(rest).toMatchObject({ status: 200, body: { data } });
    const command = await gateway.post('/mcp/execute', { command: '/mcp-session echo --message hello' }, admin);
    expect(command).toMatchObject({ status: 200, body: { data } });
  });

  it('is in the catalog, the search, the audit and the OpenAPI document', async () => {
    const { body } = await gateway.get('/mcp/service/session', admin);
    expect(body).toMatchObject({ name: 'session', location: 'upstream', status: 'ready', version: '1.0.0' });
    const found = await rpcCall('gateway', 'search_tools', { query: 'session echo' });
    expect(JSON.stringify(found.result)).toContain('session__echo');
    const called = await rpcCall('gateway', 'call_tool', { name: 'session__echo', arguments: { message: 'x' } });
    expect(called.result).toMatchObject({ data: { content: [{ text: 'x' }] } });
    const audit = await gateway.get('/admin/audit?service=session&operation=echo&limit=1', admin);
    expect((audit.body as { items: object[] }).items[0]).toMatchObject({ outcome: 'ok', arguments: { message: 'x' } });
    const { paths } = (await gateway.get('/openapi.json', admin)).body as { paths: object };
    expect(paths).toHaveProperty('/api/services/session/echo');
  });
});

describe('who may use an upstream', () => {
  const keyFor = async (permissions: string[]) =>
    ((await gateway.post('/admin/api-keys', { name: 'k', permissions }, admin)).body as { key: string }).key;

  it('is whoever holds the permission of the tool: write, where nothing says that it only reads', async () => {
    const reader = await keyFor(['read']);
    const { error } = await gateway.rpc(
      'mcp.execute',
      { service: 'session', operation: 'echo', message: 'x' },
      { 'x-mcp-key': reader },
    );
    expect(error).toMatchObject({ code: -32011, data: { permission: 'write' } });
    const client = await connect('/mcp/servers/session', 'legacy', { key: reader });
    expect((await client.listTools()).tools).toEqual([]);
    expect((await client.listResources()).resources).toHaveLength(1);
    await client.close();
  });

  it('may be told by the name of one tool', async () => {
    const client = await connect('/mcp/servers/session', 'legacy', { key: await keyFor(['session.echo']) });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo']);
    expect((await client.listResources()).resources).toEqual([]);
    await client.close();
  });

  it('is nobody else: to them it is not there', async () => {
    const stranger = await keyFor(['gateway.echo']);
    await expect(connect('/mcp/servers/session', 'legacy', { key: stranger })).rejects.toThrow('There is no upstream');
    await expect(connect('/mcp/servers/nothing', 'legacy')).rejects.toThrow('There is no upstream');
  });
});

it('a toolset selects tools of upstreams too', async () => {
  const client = await connect('/mcp/toolsets/echoes', 'legacy');
  expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual([
    'modern__echo',
    'session__echo',
    'stdio__echo',
  ]);
  expect(said(await client.callTool({ name: 'stdio__echo', arguments: { message: 'a' } }))).toBe('a');
  await client.close();
});

it('a session of one address is not there at another', async () => {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello };
  const { headers } = await gateway.post('/mcp/servers/session', initialize, admin);
  const session = { ...admin, 'mcp-session-id': String(headers['mcp-session-id']) };
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  expect((await gateway.post('/mcp/servers/session', list, session)).status).toBe(200);
  for (const path of ['/mcp', '/mcp/servers/modern', '/mcp/toolsets/echoes']) {
    expect([path, (await gateway.post(path, list, session)).status]).toEqual([path, 404]);
  }
});

describe.each(eras)('what changes at an upstream', (era) => {
  it(`is told to clients of ${era} that listen, at every address`, async () => {
    for (const path of ['/mcp', '/mcp/servers/stdio', '/mcp/toolsets/growing']) {
      const client = await connect(path, era);
      const told = new Promise<void>((resolve) => {
        client.setNotificationHandler('notifications/tools/list_changed', () => resolve());
      });
      if (era === '2026-07-28') await client.listen({ toolsListChanged: true });
      await grown(told);
      await client.close();
    }
  });

  /** A session's stream is opened some time after its connection, and what is told before is lost. */
  async function grown(told: Promise<void>): Promise<void> {
    let done = false;
    void told.then(() => (done = true));
    while (!done) {
      await rpcCall('stdio', 'grow', {});
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 200))]);
    }
  }
});

it.each([
  ['/mcp', 'upstream+session:fixture://watched'],
  ['/mcp/servers/session', 'fixture://watched'],
])('a session at %s hears of a resource that it watches', async (path, uri) => {
  const client = await connect(path, 'legacy');
  const updated = new Promise<string>((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
  });
  await client.subscribeResource({ uri });
  let heard: string | undefined;
  void updated.then((found) => (heard = found));
  while (heard === undefined) {
    await rpcCall('session', 'update', {});
    await Promise.race([updated, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  expect(heard).toBe(uri);
  await client.close();
});

describe('what a client listens to', () => {
  const path = '/mcp/servers/session';
  const isEnded = (uri: string) =>
    fixtures[1]!.requests.some(
      ({ body }) => body?.method === 'resources/unsubscribe' && (body.params as { uri: string }).uri === uri,
    );

  it('is told to the upstream until its session is over', async () => {
    const client = await connect(path, 'legacy');
    await client.subscribeResource({ uri: 'fixture://of-a-session' });
    await (client.transport as StreamableHTTPClientTransport).terminateSession();
    await expect.poll(() => isEnded('fixture://of-a-session')).toBe(true);
    await client.close();
  });

  it('is told to the upstream until its stream is over', async () => {
    const client = await connect(path, '2026-07-28');
    const listening = await client.listen({ resourceSubscriptions: ['fixture://of-a-stream'] });
    await listening.close();
    await expect.poll(() => isEnded('fixture://of-a-stream')).toBe(true);
    await client.close();
  });
});
