import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const pet = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const document = {
  openapi: '3.1.0',
  info: { title: 'Pet shop', version: '2.1.0', description: 'Sells pets' },
  servers: [{ url: '/v1' }],
  paths: {
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: { operationId: 'getPet', summary: 'Tells about a pet' },
      delete: { operationId: 'deletePet' },
    },
    '/pets': {
      post: {
        operationId: 'addPet',
        requestBody: { required: true, content: { 'application/json': { schema: pet } } },
      },
    },
    '/broken': { get: { operationId: 'getBroken' } },
  },
};

/** A small API that tells back how it was asked. */
async function startApi() {
  const asked: { method: string; url: string; token: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request;
      if (url === '/openapi.json') {
        response.end(JSON.stringify(document));
        return;
      }
      asked.push({ method, url, token: headers['x-token'] as string | undefined, body });
      response.setHeader('content-type', 'application/json');
      if (url === '/v1/broken') response.writeHead(404).end('{"error": "no such thing"}');
      else response.end(JSON.stringify({ method, url }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

let api: {
  server: Server;
  asked: { method: string; url: string; token: string | undefined; body: string }[];
  url: string;
};
let gateway: TestGateway;
let directory: string;
beforeAll(async () => {
  api = await startApi();
  directory = mkdtempSync(join(tmpdir(), 'openapi-'));
  const file = join(directory, 'pets.json');
  writeFileSync(file, JSON.stringify(document));
  const elsewhere = join(directory, 'elsewhere.json');
  writeFileSync(elsewhere, JSON.stringify({ ...document, servers: [{ url: 'https://example.com' }] }));
  const headers = { 'X-Token': 'secret-token' };
  const servers = {
    pets: { type: 'openapi', url: `${api.url}/openapi.json`, headers },
    filed: { type: 'openapi', document: file, baseUrl: `${api.url}/v1` },
    lost: { type: 'openapi', document: elsewhere },
  };
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify(servers) } });
});
afterAll(async () => {
  await gateway.close();
  api.server.close();
  rmSync(directory, { recursive: true });
});

const admin = { 'x-mcp-key': ADMIN_KEY };

async function connect(path: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: admin };
  await client.connect(new StreamableHTTPClientTransport(new URL(path, gateway.url), { requestInit }));
  return client;
}

describe('an HTTP API that OpenAPI describes', () => {
  it('is an MCP server with a tool for each operation', async () => {
    const client = await connect('/mcp/servers/pets');
    expect(client.getServerVersion()).toEqual({ name: 'Pet shop', version: '2.1.0' });
    expect(client.getInstructions()).toBe('Sells pets');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['addPet', 'deletePet', 'getBroken', 'getPet']);
    const result = await client.callTool({ name: 'getPet', arguments: { id: '../admin?x=1#y' } });
    const answer = { method: 'GET', url: '/v1/pets/..%2Fadmin%3Fx%3D1%23y' };
    expect(result).toEqual({
      content: [{ type: 'text', text: JSON.stringify(answer) }],
      structuredContent: answer,
      isError: false,
    });
    expect(api.asked.at(-1)).toMatchObject({ token: 'secret-token' });
    await client.close();
  });

  it('is called by its tools at every door', async () => {
    const given = { service: 'pets', operation: 'addPet', body: { name: 'Rex' } };
    const { result } = await gateway.rpc('mcp.execute', given, admin);
    expect(result).toMatchObject({ data: { structuredContent: { method: 'POST', url: '/v1/pets' } } });
    expect(api.asked.at(-1)).toMatchObject({ method: 'POST', body: '{"name":"Rex"}' });
  });

  it('tells what was wrong with an argument, and what the API said of a failure', async () => {
    const bad = await gateway.post('/api/services/pets/getPet', { id: '..' }, admin);
    expect(bad).toMatchObject({ status: 400, body: { error: { details: { issues: [{ path: 'id' }] } } } });
    const failed = await gateway.post('/api/services/pets/getBroken', {}, admin);
    expect(failed).toMatchObject({
      status: 422,
      body: { error: { kind: 'failed', message: 'The API answered 404: {"error": "no such thing"}' } },
    });
  });

  it('may be described by a file, and be wherever the entry says', async () => {
    const client = await connect('/mcp/servers/filed');
    const { structuredContent } = await client.callTool({ name: 'getPet', arguments: { id: '7' } });
    expect(structuredContent).toEqual({ method: 'GET', url: '/v1/pets/7' });
    expect(api.asked.at(-1)?.token).toBeUndefined();
    await client.close();
  });

  it('is unavailable where its document alone says where it is', async () => {
    await expect(connect('/mcp/servers/lost')).rejects.toThrow('say baseUrl in the entry');
  });

  it('lets only whoever may write change it', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'reader', permissions: ['read'] }, admin);
    const key = { 'x-mcp-key': (body as { key: string }).key };
    expect((await gateway.post('/api/services/pets/getPet', { id: '1' }, key)).status).toBe(200);
    expect((await gateway.post('/api/services/pets/deletePet', { id: '1' }, key)).status).toBe(403);
  });
});
