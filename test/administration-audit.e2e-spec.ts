import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { ways } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const directory = mkdtempSync(join(tmpdir(), 'config-'));
const file = join(directory, 'settings.json');

let gateway: TestGateway;
beforeAll(async () => {
  writeFileSync(file, '{}');
  gateway = await startGateway({ env: { MCP_CONFIG_FILE: file } });
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true });
});

const send = (method: string, path: string, body?: object) =>
  gateway.send({
    method,
    path,
    headers: { ...admin, 'content-type': 'application/json', 'x-request-id': 'of-the-test' },
    ...(body && { body: JSON.stringify(body) }),
  });
const idOf = ({ body }: { body: unknown }) => (body as { id: string }).id;
async function lastLine() {
  const { body } = await gateway.get('/admin/audit?service=administration&limit=1', admin);
  return (body as { items: Record<string, unknown>[] }).items[0];
}
const line = (operation: string, given: object, more: object = {}) =>
  expect.objectContaining({
    caller: 'environment',
    door: 'rest',
    requestId: 'of-the-test',
    service: 'administration',
    operation,
    arguments: given,
    outcome: 'ok',
    ...more,
  }) as object;

describe('the audit has who changed what, of', () => {
  it('policies', async () => {
    const policies = { rules: [{ name: 'x', effect: 'deny', operations: ['github.merge-pr'] }] };
    await send('POST', '/config', { policies });
    expect(await lastLine()).toEqual(line('config.change', { policies }));
    await send('POST', '/config/undo', {});
    expect(await lastLine()).toEqual(line('config.undo', {}));
    await send('POST', '/config', { policies: { rules: 7 } });
    expect(await lastLine()).toEqual(
      line('config.change', { policies: { rules: 7 } }, { outcome: 'error', errorKind: 'invalid' }),
    );
  });

  it('blocks', async () => {
    const block = { network: '192.0.2.0/24', reason: 'noise' };
    const id = idOf(await send('POST', '/admin/ip-blocks', block));
    expect(await lastLine()).toEqual(line('ip-blocks.create', block));
    await send('PATCH', `/admin/ip-blocks/${id}`, { reason: 'more noise' });
    expect(await lastLine()).toEqual(line('ip-blocks.change', { id, reason: 'more noise' }));
    await send('DELETE', `/admin/ip-blocks/${id}`);
    expect(await lastLine()).toEqual(line('ip-blocks.remove', { id }));
  });

  it('what the address names, whatever a body says', async () => {
    const key = async (name: string) => idOf(await send('POST', '/admin/api-keys', { name, permissions: ['read'] }));
    const [one, other] = [await key('one'), await key('other')];
    for (const [id, claimed] of [
      [one, other],
      [other, null],
    ]) {
      const body = JSON.stringify({ id: claimed });
      const headers = { ...admin, 'content-type': 'application/json', 'content-length': String(body.length) };
      const { status } = await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers, body });
      expect(status).toBe(204);
      expect(await lastLine()).toMatchObject({ operation: 'api-keys.remove', arguments: { id } });
    }
  });

  it('keys, which are in no line themselves', async () => {
    const made = await send('POST', '/admin/api-keys', { name: 'audited', permissions: ['read'] });
    expect(await lastLine()).toEqual(line('api-keys.create', { name: 'audited', permissions: ['read'] }));
    const { key } = made.body as { key: string };
    const { text } = await gateway.get('/admin/audit/export', admin);
    expect(text).toContain('api-keys.create');
    expect(text).not.toContain(key);
  });

  it.each(Object.entries(ways))('keys that are changed over %s', async (_way, connect) => {
    const socket = await connect(gateway.url, { auth: { apiKey: ADMIN_KEY } });
    const made = await socket.ask('manage_api_key', { action: 'create', name: 'by socket', permissions: ['read'] });
    expect(await lastLine()).toMatchObject({ door: 'realtime', operation: 'api-keys.create', outcome: 'ok' });
    const { id } = made as unknown as { id: string };
    await socket.ask('manage_api_key', { action: 'revoke', id });
    expect(await lastLine()).toMatchObject({ operation: 'api-keys.revoke', arguments: { id } });
    socket.close();
  });

  it('keys that were found and upstreams, without what is secret of them', async () => {
    await send('POST', '/admin/api-keys/check', { keys: ['no-form-that-a-rule-would-know'] });
    expect(await lastLine()).toEqual(line('api-keys.check', { keys: '***' }));
    const upstream = { name: 'far', url: 'https://mcp.example.com/', headers: { 'x-team': 'opaque' }, enabled: false };
    await send('POST', '/admin/upstreams', upstream);
    expect(await lastLine()).toMatchObject({
      operation: 'upstreams.create',
      arguments: { name: 'far', headers: '***' },
    });
  });

  it('nothing that a caller only calls so', async () => {
    const before = await lastLine();
    const madeUp = { ...admin, 'x-request-id': 'made-up' };
    const { status } = await gateway.post('/api/services/administration/create', {}, madeUp);
    expect(status).toBe(404);
    expect(await lastLine()).toEqual(before);
    const { body: found } = await gateway.get('/admin/audit?requestId=made-up', admin);
    expect((found as { items: object[] }).items).toMatchObject([{ service: '', operation: 'create' }]);
  });

  it.each([
    ['/config', { 'alerts.slackUrl': 'https://hooks.slack.com/services/T0/B0/OPAQUE' }],
    ['/config', { 'alerts.slackUrll': 'OPAQUE', mcpServers: { x: { command: 'OPAQUE', env: { FOO: 'OPAQUE' } } } }],
    ['/config/apply', { 'mcpServers.x.env.FOO': 'OPAQUE' }],
    ['/admin/upstreams', { name: 'near', command: 'node', env: { FOO: 'OPAQUE' } }],
  ])('what %s refuses, without what may be secret: %j', async (path, body) => {
    expect((await send('POST', path, body)).status).toBe(400);
    const last = await lastLine();
    expect(last).toMatchObject({ requestId: 'of-the-test', outcome: 'error', errorKind: 'invalid' });
    expect(Object.keys(last?.arguments as object)).toEqual(Object.keys(body));
    expect(JSON.stringify(last)).not.toContain('OPAQUE');
  });

  it('nothing that only reads', async () => {
    const before = await lastLine();
    await send('GET', '/admin/ip-blocks');
    await send('POST', '/config/plan', { server: { timeout: 1 } });
    expect(await lastLine()).toEqual(before);
  });
});

it('a config file that was taken over is told of as a change of the configuration', async () => {
  const socket = await ways['a plain WebSocket']!(gateway.url, { auth: { apiKey: ADMIN_KEY } });
  const told = socket.next('config');
  writeFileSync(file, JSON.stringify({ server: { timeout: 1234 } }));
  expect(await told).toMatchObject({
    changed: { 'server.timeout': { from: 30_000, to: 1234 } },
    version: expect.any(Number) as number,
    caller: 'file',
  });
  socket.close();
});
