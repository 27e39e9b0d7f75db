import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventReader } from './event-reader.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const json = { 'content-type': 'application/json' };

let gateway: TestGateway;
beforeAll(async () => {
  // whom we say we are, by a proxy that is believed
  gateway = await startGateway({ env: { TRUSTED_PROXIES: 'loopback', MCP_BLOCK_AFTER_AUTH_FAILURES: '5' } });
});
afterAll(() => gateway.close());
afterEach(async () => {
  for (const { id } of await list()) await remove(id);
});

interface Block {
  id: string;
  network: string;
  origin: string;
  reason: string | null;
  expiresAt: string | null;
}

const list = async () => ((await gateway.get('/admin/ip-blocks', admin)).body as { items: Block[] }).items;
const create = (body: object, headers: Record<string, string> = {}) =>
  gateway.post('/admin/ip-blocks', body, { ...admin, ...headers });
const remove = (id: string) => gateway.send({ method: 'DELETE', path: `/admin/ip-blocks/${id}`, headers: admin });
const change = (id: string, body: object, headers: Record<string, string> = {}) =>
  gateway.send({
    method: 'PATCH',
    path: `/admin/ip-blocks/${id}`,
    headers: { ...admin, ...json, ...headers },
    body: JSON.stringify(body),
  });
const from = (address: string) => ({ 'x-forwarded-for': address });
const statusFrom = async (address: string, path = '/mcp/catalog') =>
  (await gateway.get(path, { ...admin, ...from(address) })).status;

/** A stream of a session, and one of `subscriptions/listen`. */
async function openStreams(address: string): Promise<EventReader[]> {
  const headers = { ...admin, ...from(address), accept: 'application/json, text/event-stream' };
  const clientInfo = { name: 'test', version: '1' };
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello };
  const session = String((await gateway.post('/mcp', initialize, headers)).headers['mcp-session-id']);
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { notifications: { toolsListChanged: true }, _meta };
  const listen = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params };
  const modern = { ...headers, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
  return [
    await EventReader.open(gateway.url, 'GET', { ...headers, 'mcp-session-id': session }),
    await EventReader.open(gateway.url, 'POST', modern, listen),
  ];
}

const idOf = ({ body }: { body: unknown }) => (body as Block).id;

describe('a block', () => {
  it('refuses its addresses at once, until it is lifted, and probes are answered', async () => {
    expect(await statusFrom('192.0.2.7')).toBe(200);
    const made = await create({ network: '192.0.2.0/24', reason: 'Scans' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(UUID) as string,
        network: '192.0.2.0/24',
        reason: 'Scans',
        expiresAt: null,
        origin: 'admin',
        createdBy: 'environment',
      },
    });
    expect(await statusFrom('192.0.2.7')).toBe(403);
    expect(await statusFrom('192.0.2.7', '/health')).toBe(200);
    expect(await statusFrom('192.0.3.7')).toBe(200);
    expect((await remove(idOf(made))).status).toBe(204);
    expect(await statusFrom('192.0.2.7')).toBe(200);
  });

  it('is over when it expires', async () => {
    await create({ network: '192.0.2.9', expiresAt: new Date(Date.now() + 1_500).toISOString() });
    expect(await statusFrom('192.0.2.9')).toBe(403);
    await vi.waitFor(async () => expect(await statusFrom('192.0.2.9')).toBe(200), { timeout: 5_000 });
    expect(await list()).toEqual([]);
  });

  it('can be read and changed', async () => {
    const id = idOf(await create({ network: '192.0.2.1' }));
    expect((await change(id, { network: '192.0.2.2', reason: 'Moved' })).body).toMatchObject({
      network: '192.0.2.2',
      reason: 'Moved',
    });
    expect((await gateway.get(`/admin/ip-blocks/${id}`, admin)).body).toMatchObject({ network: '192.0.2.2' });
    expect([await statusFrom('192.0.2.1'), await statusFrom('192.0.2.2')]).toEqual([200, 403]);
  });

  it('ends the streams that its addresses have open, and no other', async () => {
    const [blocked, other] = [await openStreams('192.0.2.30'), await openStreams('192.0.2.31')];
    let othersOver = 0;
    for (const stream of other) void stream.rest().then(() => (othersOver += 1));
    await create({ network: '192.0.2.30' });
    await Promise.all(blocked.map((stream) => stream.rest()));
    expect(othersOver).toBe(0);
    for (const { response } of other) response.destroy();
  });

  it('counts as a blocked address, and stands after a restart', async () => {
    await create({ network: '2001:db8::/32' });
    const { body } = await gateway.get('/api/security/stats', admin);
    expect(body).toMatchObject({ blockedAddresses: 1 });
    await gateway.restart();
    expect(await statusFrom('2001:db8::1')).toBe(403);
  });

  it.each<[title: string, body: object, status: number]>([
    ['no network', {}, 400],
    ['a bad network', { network: '192.0.2.0/99' }, 400],
    ['an exclusion', { network: '!192.0.2.0/24' }, 400],
    ['an end in the past', { network: '192.0.2.1', expiresAt: '2020-01-01T00:00:00Z' }, 400],
    ['an unknown member', { network: '192.0.2.1', until: 'tomorrow' }, 400],
    ['the address of the one who makes it', { network: '127.0.0.0/8' }, 409],
  ])('is refused with %s', async (_title, body, status) => {
    expect((await create(body)).status).toBe(status);
    expect(await list()).toEqual([]);
  });

  it('can not be moved over the one who changes it, wherever that is', async () => {
    const id = idOf(await create({ network: '192.0.2.1' }));
    expect((await change(id, { network: '198.51.100.0/24' }, from('198.51.100.9'))).status).toBe(409);
    expect((await create({ network: '198.51.100.0/24' }, from('198.51.100.9'))).status).toBe(409);
  });

  it('that is not there is unknown', async () => {
    expect((await gateway.get('/admin/ip-blocks/none', admin)).status).toBe(404);
    expect((await remove('none')).status).toBe(404);
  });
});

describe('bad credentials', () => {
  const guess = async (address: string) =>
    (await gateway.get('/mcp/catalog', { 'x-mcp-key': `some-guess-${Math.random()}`, ...from(address) })).status;

  it('block their address after as many as are allowed, for a while, and no other', async () => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) statuses.push(await guess('203.0.113.5'));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 403, 403]);
    expect(await statusFrom('203.0.113.5')).toBe(403);
    expect(await statusFrom('203.0.113.6')).toBe(200);
    const [block] = await list();
    expect(block).toMatchObject({
      network: '203.0.113.5',
      origin: 'automatic',
      reason: '5 bad credentials within 600 s',
      expiresAt: expect.any(String) as string,
    });
  });

  it.each([
    ['an IPv4 address as IPv6 writes it', '::ffff:203.0.113.8', '203.0.113.8', '203.0.113.8'],
    ['the network of an IPv6 client', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::1'],
  ])('block %s', async (_what, address, network, other) => {
    // at the same moment, so that more than one of them is over the limit
    await Promise.all(Array.from({ length: 12 }, () => guess(address)));
    expect(await list()).toMatchObject([{ network, origin: 'automatic' }]);
    expect([await statusFrom(address), await statusFrom(other)]).toEqual([403, 403]);
    expect(await statusFrom('203.0.113.9')).toBe(200);
  });

  it('never block loopback, where many programs are one address', async () => {
    for (let tries = 0; tries < 7; tries += 1) {
      expect((await gateway.get('/mcp/catalog', { 'x-mcp-key': 'some-guess-at-a-key' })).status).toBe(401);
    }
    expect(await list()).toEqual([]);
  });
});
