import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from './gateway.js';

let hot: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  [hot, plain] = await Promise.all([startGateway(), startGateway({ env: { HOT_PATH: 'off' } })]);
});
afterAll(() => Promise.all([hot.close(), plain.close()]));

const clientInfo = { name: 'test', version: '1' };

/** One connected client of each kind, pinned to an era: one that negotiates would fall back in silence. */
const clients = {
  'SDK v2, 2026-07-28': async (url: string) => {
    const client = new Client(clientInfo, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)));
    return client;
  },
  'SDK v2, sessions': async (url: string) => {
    const client = new Client(clientInfo, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)));
    return client;
  },
  'SDK v1': async (url: string) => {
    const client = new OldClient(clientInfo);
    await client.connect(new OldTransport(new URL('/mcp', url)));
    return client as unknown as Client;
  },
};

describe.each(Object.entries(clients))('%s', (_name, connect) => {
  describe.each([
    ['at the edge', () => hot],
    ['through Express', () => plain],
  ])('%s', (_path, gateway) => {
    it('lists the tools, calls one and reads a resource', async () => {
      const client = await connect(gateway().url);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('gateway_echo');
      const result = await client.callTool({ name: 'gateway_echo', arguments: { message: 'hello' } });
      expect(result).toMatchObject({
        content: [{ type: 'text', text: '{"message":"hello"}' }],
        structuredContent: { message: 'hello' },
      });
      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toContain('catalog://services/postgres');
      const { contents } = await client.readResource({ uri: 'catalog://services/gateway' });
      expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ name: 'gateway' });
      await client.close();
    });
  });
});
