import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typed } from './command-line.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const discover = {
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};
const modern = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' };

async function mcp(message: object, headers = {}): Promise<any> {
  const accept = 'application/json, text/event-stream';
  const { text } = await gateway.post('/mcp', message, { ...admin, accept, ...headers });
  return JSON.parse(text.replace(/^[\s\S]*?(?=\{)/, '')).result;
}

it.each<[string, () => Promise<unknown>]>([
  ['/health', async () => ((await gateway.get('/health')).body as any).version],
  ['initialize of MCP', async () => (await mcp(initialize)).serverInfo.version],
  [
    'server/discover of MCP',
    async () => (await mcp(discover, modern))._meta['io.modelcontextprotocol/serverInfo'].version,
  ],
  ['OpenAPI', async () => ((await gateway.get('/openapi.json', admin)).body as any).info.version],
  ['rpc.discover', async () => ((await gateway.rpc('rpc.discover', {}, admin)).result as any).info.version],
  ['the command line', async () => (await typed(gateway.url, ['--version'])).stdout.trim()],
  [
    'the changelog',
    async () => /^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$/m.exec(readFileSync('CHANGELOG.md', 'utf8'))?.[1],
  ],
])('%s tells the version of package.json', async (_where, told) => {
  expect(await told()).toBe(version);
});
