import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const configured = { small: { tools: ['gateway.echo', 'gateway_whoami'], description: 'Echo and who am I' } };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { MCP_TOOLSETS: JSON.stringify(configured) } });
});
afterAll(() => gateway.close());

const create = (body: object) => gateway.post('/admin/toolsets', body, admin);
const remove = (name: string) => gateway.send({ method: 'DELETE', path: `/admin/toolsets/${name}`, headers: admin });
const change = (name: string, body: object) =>
  gateway.send({
    method: 'PATCH',
    path: `/admin/toolsets/${name}`,
    headers: { ...admin, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function connect(name: string, key = ADMIN_KEY): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { 'x-mcp-key': key } };
  const address = new URL(`${gateway.url}/mcp/toolsets/${name}`);
  await client.connect(new StreamableHTTPClientTransport(address, { requestInit }));
  return client;
}

async function toolsAt(name: string, key?: string): Promise<string[]> {
  const client = await connect(name, key);
  try {
    return (await client.listTools()).tools.map((tool) => tool.name).sort();
  } finally {
    await client.close();
  }
}

describe('a toolset', () => {
  it('shows its tools alone, and is described by what was written for it', async () => {
    expect(await toolsAt('small')).toEqual(['gateway_echo', 'gateway_whoami']);
    const client = await connect('small');
    expect(client.getInstructions()).toBe('Echo and who am I');
    await client.close();
  });

  it('calls its tools, and knows no others', async () => {
    const client = await connect('small');
    const called = await client.callTool({ name: 'gateway_echo', arguments: { message: 'hello' } });
    expect(called.structuredContent).toEqual({ message: 'hello' });
    await expect(client.callTool({ name: 'gateway_status', arguments: {} })).rejects.toThrow(
      'The toolset small has no tool "gateway_status"',
    );
    await client.close();
  });

  it('shows a caller no more than it may use', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'echo', permissions: ['gateway.echo'] }, admin);
    expect(await toolsAt('small', (body as { key: string }).key)).toEqual(['gateway_echo']);
  });

  it.each(['none', 'small-', '../mcp', 'Small', 'small%2f', 'smal%6c'])(
    'is 404 where there is none: %s',
    async (name) => {
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
      expect((await gateway.post(`/mcp/toolsets/${name}`, initialize, admin)).status).toBe(404);
    },
  );

  it.each([
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['resources/read', { uri: 'catalog://services' }],
    ['prompts/get', { name: 'gateway_start' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'gateway_start' }, argument: { name: 'x', value: '' } }],
    ['subscriptions/listen', { notifications: {} }],
    ['server/discover', {}],
  ])('is 404 to %s where there is none', async (method, params) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const named = 'uri' in params ? params.uri : 'name' in params ? params.name : undefined;
    const headers = {
      ...admin,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(named !== undefined && { 'mcp-name': named }),
    };
    const request = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } };
    expect((await gateway.post('/mcp/toolsets/small', request, headers)).status).toBe(200);
    expect(await gateway.post('/mcp/toolsets/none', request, headers)).toMatchObject({
      status: 404,
      body: { error: { message: 'There is no toolset "none"' } },
    });
  });

  it('that was removed has nothing for its sessions', async () => {
    await create({ name: 'short', tools: ['gateway_echo'] });
    const client = await connect('short');
    expect((await client.listPrompts()).prompts).not.toEqual([]);
    await remove('short');
    await expect(client.listPrompts()).rejects.toThrow('There is no toolset');
    await expect(client.callTool({ name: 'gateway_echo', arguments: {} })).rejects.toThrow('There is no toolset');
    await client.close();
  });
});

describe('admins', () => {
  it('make, read, change and delete toolsets', async () => {
    const made = await create({ name: 'reading', tools: ['postgres_list_*', 'gateway.*'] });
    const shown = {
      name: 'reading',
      description: null,
      tools: ['postgres_list_*', 'gateway.*'],
      address: '/mcp/toolsets/reading',
      origin: 'admin',
      createdAt: expect.any(String) as unknown,
    };
    expect([made.status, made.body]).toEqual([201, shown]);
    expect(await toolsAt('reading')).toEqual(expect.arrayContaining(['gateway_echo', 'postgres_list_tables']));
    expect(await toolsAt('reading')).not.toContain('postgres_query');

    const changed = await change('reading', { tools: ['postgres-query'], description: 'Queries' });
    const now = { ...shown, tools: ['postgres-query'], description: 'Queries' };
    expect([changed.status, changed.body]).toEqual([200, now]);
    expect(await toolsAt('reading')).toEqual(['postgres_query']);
    expect((await gateway.get('/admin/toolsets/reading', admin)).body).toEqual(changed.body);
    expect((await gateway.get('/admin/toolsets', admin)).body).toEqual({
      items: [expect.objectContaining({ name: 'small', origin: 'file', createdAt: null }), changed.body],
      nextCursor: null,
    });

    expect((await remove('reading')).status).toBe(204);
    expect((await gateway.get('/admin/toolsets/reading', admin)).status).toBe(404);
    await expect(toolsAt('reading')).rejects.toThrow('There is no toolset');
  });

  it.each<[string, object, number]>([
    ['a name that is taken', { name: 'small', tools: ['*'] }, 409],
    ['a bad name', { name: 'Not a name', tools: ['*'] }, 400],
    ['no tools', { name: 'empty', tools: [] }, 400],
    ['a pattern of other letters', { name: 'odd', tools: ['a b'] }, 400],
    ['a pattern of many stars', { name: 'odd', tools: ['*a*b*c*d*'] }, 400],
    ['an unknown member', { name: 'odd', tools: ['*'], owner: 'me' }, 400],
  ])('are refused %s', async (_what, body, status) => {
    expect((await create(body)).status).toBe(status);
  });

  it('can’t change what the configuration says', async () => {
    expect((await change('small', { tools: ['*'] })).status).toBe(409);
    expect((await remove('small')).status).toBe(409);
  });

  it('find theirs again after a restart', async () => {
    await create({ name: 'kept', tools: ['gateway.echo'] });
    await gateway.restart();
    expect(await toolsAt('kept')).toEqual(['gateway_echo']);
  });

  it('tell the sessions at a toolset when its tools change', async () => {
    await create({ name: 'moving', tools: ['gateway.echo'] });
    const client = await connect('moving');
    let told = false;
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      told = true;
    });
    // the stream for notifications is opened some time after the connection
    for (let tries = 0; tries < 100 && !told; tries += 1) {
      await change('moving', { tools: ['gateway.echo', `gateway.w${tries}`] });
    }
    expect(told).toBe(true);
    await client.close();
  });
});
