import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import { findSandbox } from '#libs/processes';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';

const sandbox = await findSandbox();
// not below /tmp, which is hidden as a whole, wherever the checkout is
const root = mkdtempSync('/var/tmp/hostile-spec-');
const configFile = join(root, 'config.json');
const data = join(root, 'data');
const jwtSecret = join(root, 'jwt-secret');
const certificates = join(root, 'certificates.pem');
const fixture = fileURLToPath(new URL('../fixtures/upstreams/unsteady-server.js', import.meta.url));
const server = { command: process.execPath, args: [fixture], cwd: process.cwd() };

let gateway: TestGateway;
beforeAll(async () => {
  const mcpServers = { hostile: server, sibling: { ...server, env: { TOKEN: 'of-the-sibling' } } };
  writeFileSync(configFile, JSON.stringify({ mcpServers }));
  writeFileSync(jwtSecret, 'a-secret-for-tokens-of-32-letters-or-more');
  writeFileSync(certificates, 'for everybody');
  gateway = await startGateway({
    env: {
      DATA_DIR: data,
      MCP_CONFIG_FILE: configFile,
      MY_SECRET: 'of-the-gateway',
      JWT_SECRET_FILE: jwtSecret,
      SSL_CERT_FILE: certificates,
    },
  });
  const upstreams = gateway.gateway.app.get(SupervisedUpstreams);
  await Promise.all(['hostile', 'sibling'].map((name) => upstreams.find(name)!.reached(20_000)));
});
afterAll(async () => {
  await gateway.close();
  rmSync(root, { recursive: true, force: true });
});

/** What one of the tools of the hostile server finds. */
async function found(name: string, input: object = {}): Promise<string> {
  const upstream = gateway.gateway.app.get(SupervisedUpstreams).find('hostile')!;
  const params = { name, arguments: input };
  const { content } = await upstream.request('tools/call', params, { signal: AbortSignal.timeout(10_000) });
  return (content as [{ text: string }])[0].text;
}

describe('a hostile server', () => {
  it('gets no variable but its own', async () => {
    const names = Object.keys(JSON.parse(await found('environment')) as object);
    expect(names.filter((name) => name !== 'PWD').sort()).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR']);
  });

  it.each(['/api/stats', '/mcp/catalog'])('that calls the gateway back is nobody at %s', async (path) => {
    expect(await found('fetch', { url: `${gateway.url}${path}` })).toBe('401');
  });

  it('that calls the gateway back is none of those who may see details', async () => {
    expect(await found('fetch', { url: `${gateway.url}/health` })).toBe('200');
    const withKey = await gateway.get('/api/stats', { 'x-mcp-key': ADMIN_KEY });
    expect(withKey.status).toBe(200);
  });
});

// containers and some systems let nobody make namespaces
describe.runIf(sandbox.bwrap)('a hostile server behind walls', () => {
  it.each([
    ['the data directory', data],
    ['that of the upstreams', join(data, 'upstreams')],
  ])('does not see %s', async (_, path) => {
    const names = JSON.parse(await found('list', { path })) as string[];
    expect(names.filter((name) => !['upstreams', 'hostile'].includes(name))).toEqual([]);
  });

  it.each([
    ['the secret key', join(data, 'secret.key'), 'ENOENT'],
    ['the config file', configFile, 'EACCES'],
    ['a file that holds a secret of the gateway', jwtSecret, 'EACCES'],
    ['the gateway’s environment', `/proc/${process.pid}/environ`, 'ENOENT'],
    ['the gateway’s memory', `/proc/${process.pid}/mem`, 'ENOENT'],
    ['the home of another', join(data, 'upstreams', 'sibling', 'x'), 'ENOENT'],
  ])('can’t read %s', async (_, path, code) => {
    expect(await found('read', { path })).toBe(code);
  });

  it('reads a file of the system that a variable happens to name', async () => {
    expect(await found('read', { path: certificates })).toBe('for everybody');
  });

  it('sees no process but its own', async () => {
    const pids = (JSON.parse(await found('list', { path: '/proc' })) as string[]).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) expect(await found('read', { path: `/proc/${pid}/environ` })).not.toContain('of-the-');
  });
});
