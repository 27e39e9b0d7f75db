import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventReader } from './event-reader.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

type Headers = Record<string, string>;
const own = 'fixture://watched';
const uri = `upstream+session:${own}`;
const admin = { 'x-mcp-key': ADMIN_KEY };
const accept = 'application/json, text/event-stream';

let gateway: TestGateway;
let fixture: HttpUpstream;
beforeAll(async () => {
  fixture = await sessionServer('v1');
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify({ session: { url: fixture.url } }) } });
  // the upstream is reached by whoever opens a session there
  await openSession(admin, '/mcp/servers/session');
});
afterAll(async () => {
  await gateway.close();
  await fixture.close();
});

const request = (method: string, params: object, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });

async function openSession(key: Headers, path = '/mcp'): Promise<Headers> {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const { headers } = await gateway.post(path, request('initialize', hello), { accept, ...key });
  return { ...key, accept, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
}

async function newKey(...permissions: string[]): Promise<{ id: string; headers: Headers }> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'k', permissions }, admin);
  const { id, key } = body as { id: string; key: string };
  return { id, headers: { 'x-mcp-key': key } };
}

const modern = { accept, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
const listening = (uris: string[], more: object = {}) => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return request('subscriptions/listen', { notifications: { resourceSubscriptions: uris, ...more }, _meta }, 'L');
};
/** The error of an answer, without what is another one each time. */
function errorOf({ body }: { body: unknown }): object {
  const { code, message, data } = (body as { error: { code: number; message: string; data: object } }).error;
  return { code, message, data: { ...data, requestId: '' } };
}

/** Has the upstream say that its resource has changed, and waits until that is told to everybody. */
async function update(): Promise<void> {
  const session = await openSession(admin);
  const witness = await EventReader.open(gateway.url, 'GET', session);
  await witness.next();
  await gateway.post('/mcp', request('resources/subscribe', { uri }), session);
  await gateway.rpc('mcp.execute', { service: 'session', operation: 'update' }, admin);
  expect((await witness.next())?.message).toMatchObject({ method: 'notifications/resources/updated', params: { uri } });
  witness.response.destroy();
}

describe('a caller that may not read an upstream', () => {
  let stranger: Headers;
  beforeEach(async () => {
    ({ headers: stranger } = await newKey('gateway:read'));
  });

  it('is told by resources/subscribe what resources/read tells it', async () => {
    const session = await openSession(stranger);
    const [read, subscribed] = [
      await gateway.post('/mcp', request('resources/read', { uri }), session),
      await gateway.post('/mcp', request('resources/subscribe', { uri }), session),
    ];
    expect(errorOf(read)).toMatchObject({ code: -32602 });
    expect([subscribed.status, errorOf(subscribed)]).toEqual([read.status, errorOf(read)]);
  });

  it('listens to no resource of it either', async () => {
    const read = await gateway.post('/mcp', request('resources/read', { uri }), await openSession(stranger));
    const { status, body } = await gateway.post('/mcp', listening([uri]), { ...modern, ...stranger });
    expect([status, errorOf({ body })]).toEqual([200, errorOf(read)]);
  });

  it('listens to nothing at its address, which is not there', async () => {
    const asked = listening([], { toolsListChanged: true });
    const { status } = await gateway.post('/mcp/servers/session', asked, { ...modern, ...stranger });
    expect(status).toBe(404);
  });

  it('has no such method at its address, where it may call a tool, and the upstream is asked nothing', async () => {
    const path = '/mcp/servers/session';
    const { headers } = await newKey('session.echo');
    const session = await openSession(headers, path);
    fixture.requests.length = 0;
    for (const method of ['resources/read', 'resources/subscribe']) {
      expect(errorOf(await gateway.post(path, request(method, { uri: own }), session))).toMatchObject({ code: -32601 });
    }
    const listened = await gateway.post(path, listening([own]), { ...modern, ...headers });
    expect(errorOf(listened)).toMatchObject({ code: -32602 });
    expect(fixture.requests).toEqual([]);
  });
});

describe('an upstream', () => {
  const path = '/mcp/servers/session';
  const toldOf = (start: string) =>
    fixture.requests.flatMap(({ body }) => {
      const { uri: told } = (body?.params ?? {}) as { uri?: string };
      return told?.startsWith(start) === true ? [String(body?.method)] : [];
    });

  it('is told what a session unsubscribes from', async () => {
    const session = await openSession(admin, path);
    await gateway.post(path, request('resources/subscribe', { uri: 'fixture://alone' }), session);
    expect(toldOf('fixture://alone')).toEqual(['resources/subscribe']);
    await gateway.post(path, request('resources/unsubscribe', { uri: 'fixture://alone' }), session);
    expect(toldOf('fixture://alone')).toEqual(['resources/subscribe', 'resources/unsubscribe']);
  });

  it('is told of each of many resources, and of each that it is over', { timeout: 60_000 }, async () => {
    const uris = Array.from({ length: 300 }, (_, i) => `fixture://many/${i}`);
    const listener = await EventReader.open(gateway.url, 'POST', { ...modern, ...admin }, listening(uris), path);
    await expect.poll(() => toldOf('fixture://many/').length, { timeout: 30_000 }).toBe(300);
    listener.response.destroy();
    await expect.poll(() => toldOf('fixture://many/').length, { timeout: 30_000 }).toBe(600);
  });
});

it('whoever may read no more hears no more, in a session and where it listens', async () => {
  const { id, headers } = await newKey('read');
  const session = await openSession(headers);
  const standing = await EventReader.open(gateway.url, 'GET', session);
  await standing.next();
  expect((await gateway.post('/mcp', request('resources/subscribe', { uri }), session)).body).toMatchObject({
    result: {},
  });
  const listener = await EventReader.open(gateway.url, 'POST', { ...modern, ...headers }, listening([uri]));
  await listener.next();

  await update();
  const heard = { method: 'notifications/resources/updated', params: { uri } };
  expect([(await standing.next())?.message, (await listener.next())?.message]).toMatchObject([heard, heard]);

  await gateway.send({
    method: 'PATCH',
    path: `/admin/api-keys/${id}`,
    headers: { ...admin, 'content-type': 'application/json' },
    body: JSON.stringify({ permissions: ['gateway:read'] }),
  });
  await update();
  await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: admin });
  // nothing but their ends
  expect(await standing.rest()).toEqual([]);
  expect((await listener.rest()).map(({ message }) => message)).toMatchObject([{ id: 'L', result: {} }]);
});
