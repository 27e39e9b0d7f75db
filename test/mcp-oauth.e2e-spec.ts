import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { now, signer, TokenIssuer } from './token-issuer.js';

const ISSUER = 'https://login.example.com/';
const PATHS = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'];
const rsa = signer('rsa');
const issuer = new TokenIssuer();
const accept = 'application/json, text/event-stream';
const call = (name: string, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});

let behindProxy: TestGateway;
let plain: TestGateway;
let without: TestGateway;
beforeAll(async () => {
  issuer.keys = [rsa.jwk];
  await issuer.open();
  const env = { JWT_JWKS_URL: issuer.url, JWT_ISSUER: ISSUER, TRUSTED_NETWORKS: 'none' };
  [behindProxy, without] = await Promise.all([
    startGateway({ env: { ...env, PUBLIC_URL: 'https://gateway.example.com/' } }),
    startGateway({ env: { ...env, JWT_ISSUER: 'no address' } }),
  ]);
  // by itself: Nest has one logger for all of a process, and this one's log is looked at
  plain = await startGateway({ env: { ...env, HOT_PATH: 'off', LOG_LEVEL: 'warn', MCP_LOG_CONSOLE: 'false' } });
});
afterAll(async () => {
  await Promise.all([behindProxy, plain, without].map((gateway) => gateway.close()));
  await issuer.close();
});

const bearer = (permissions: string[]) => ({
  authorization: `Bearer ${rsa.token({ sub: 'ada', exp: now() + 600, iss: ISSUER, permissions })}`,
});

async function openSession(gateway: TestGateway, headers: Record<string, string>, protocolVersion = '2025-03-26') {
  const hello = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
  const answer = await gateway.post('/mcp', body, { accept, ...headers });
  return { accept, ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) };
}

describe('where an authorization server is configured', () => {
  it.each(PATHS)('%s says which one, to anybody', async (path) => {
    const metadata = (resource: string) => ({
      resource,
      authorization_servers: [ISSUER],
      scopes_supported: ['read'],
      bearer_methods_supported: ['header'],
      resource_name: 'MCP Gateway',
    });
    expect(await behindProxy.get(path)).toMatchObject({
      status: 200,
      body: metadata('https://gateway.example.com/mcp'),
    });
    expect(await plain.get(path)).toMatchObject({ status: 200, body: metadata(`${plain.url}/mcp`) });
  });

  it.each(['GET', 'POST', 'DELETE'])('%s /mcp without a token names the metadata', async (method) => {
    for (const [gateway, origin] of [
      [behindProxy, 'https://gateway.example.com'],
      [plain, plain.url],
    ] as const) {
      const { status, headers } = await gateway.send({ method, path: '/mcp', headers: { accept } });
      const expected = `Bearer realm="mcp-gateway", resource_metadata="${origin}${PATHS[1]!}", scope="read"`;
      expect([status, headers['www-authenticate']]).toEqual([401, expected]);
    }
    expect((await plain.post('/mcp/rpc', {})).headers['www-authenticate']).toBe('Bearer realm="mcp-gateway"');
  });

  it('a token that lacks a permission is told which scope to ask for, in both eras', async () => {
    const ada = bearer(['postgres.query']);
    const challenge = `Bearer realm="mcp-gateway", resource_metadata="${plain.url}${PATHS[1]!}", scope="read", error="insufficient_scope"`;
    const inSession = await plain.post('/mcp', call('gateway_whoami'), await openSession(plain, ada));
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const modern = { ...call('gateway_whoami'), params: { name: 'gateway_whoami', arguments: {}, _meta } };
    const alone = await plain.post('/mcp', modern, {
      accept,
      ...ada,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'gateway_whoami',
    });
    for (const { status, headers, body } of [inSession, alone]) {
      expect([status, headers['www-authenticate']]).toEqual([403, challenge]);
      expect(body).toMatchObject({ id: 1, error: { code: -32011, data: { permission: 'read' } } });
    }
  });

  it('a batch and a key find the same error in an answer', async () => {
    const ada = await openSession(plain, bearer(['postgres.query']));
    const batch = await plain.post('/mcp', [call('gateway_whoami', 1), call('gateway_whoami', 2)], ada);
    expect([batch.status, batch.headers['www-authenticate']]).toEqual([200, undefined]);
    const admin = { 'x-mcp-key': ADMIN_KEY };
    const made = await plain.post('/admin/api-keys', { name: 'a', permissions: ['postgres.query'] }, admin);
    const key = await openSession(plain, { 'x-mcp-key': (made.body as { key: string }).key });
    const single = await plain.post('/mcp', call('gateway_whoami'), key);
    expect([single.status, single.headers['www-authenticate']]).toEqual([200, undefined]);
  });
});

it('whoever does not say for whom tokens must be made is warned', async () => {
  const logs = await plain.get('/logs?search=JWT_AUDIENCE', { 'x-mcp-key': ADMIN_KEY });
  expect(logs.body).toMatchObject({
    entries: [{ level: 'warn', message: expect.stringContaining('not set') as string }],
  });
});

describe('where none is, or its name is no address', () => {
  it.each(PATHS)('there is nothing at %s', async (path) => {
    expect((await without.get(path)).status).toBe(404);
  });

  it('a request without a token gets the plain challenge', async () => {
    const { headers } = await without.post('/mcp', {}, { accept });
    expect(headers['www-authenticate']).toBe('Bearer realm="mcp-gateway"');
  });
});
