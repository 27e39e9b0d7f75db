import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { ADMIN_KEY, startGateway } from '../gateway.js';
import { shakeAt, upgrade } from '../handshake.js';
import { connectTo } from '../raw-http.js';
import { connectPlain, connectSocketIo, ways } from '../sockets.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

let gateway: WatchedGateway;
let reader: string;

beforeAll(async () => {
  gateway = await startWatched({
    env: { ALLOWED_ORIGINS: 'https://agents.example', TRUSTED_PROXIES: '127.0.0.1' },
    services: [GatewayModule],
  });
  const policy = { name: 'reader', permissions: ['read'] };
  const { body } = await gateway.post('/admin/api-keys', policy, { 'x-mcp-key': ADMIN_KEY });
  reader = (body as { key: string }).key;
});
afterAll(() => gateway.close());
afterEach(() => expectUnharmed(gateway));

/** The first request of each way to connect. */
const handshakes: Record<string, { path: string; headers: Record<string, string> }> = {
  '/ws': { path: '/ws', headers: upgrade },
  'Socket.IO over a WebSocket': { path: '/socket.io/?EIO=4&transport=websocket', headers: upgrade },
  'Socket.IO over polling': { path: '/socket.io/?EIO=4&transport=polling', headers: {} },
};

const shake = (path: string, headers: Record<string, string>) => shakeAt(gateway.url, path, headers);

describe.each(Object.entries(handshakes))('a handshake of %s', (name, { path, headers }) => {
  const accepted = name === 'Socket.IO over polling' ? 200 : 101;

  it.each<[string, Record<string, string>, number, string?]>([
    ['from our own page', { origin: 'http://localhost:8100', host: 'localhost:8100' }, accepted],
    ['from a page that is listed', { origin: 'https://agents.example' }, accepted],
    ['from a foreign page', { origin: 'https://evil.example' }, 403, 'forbidden'],
    ['from a page without an origin', { origin: 'null' }, 403, 'forbidden'],
    ['to a foreign Host', { host: 'evil.example' }, 421, 'invalid'],
    ['with a good key', { 'x-mcp-key': ADMIN_KEY }, accepted],
    ['with a good key as Bearer', { authorization: `Bearer ${ADMIN_KEY}` }, accepted],
    ['with a bad key', { 'x-mcp-key': 'nonsense' }, 401, 'unauthenticated'],
    ['with an empty key', { 'x-mcp-key': '' }, 401, 'unauthenticated'],
    ['with two keys that differ', { 'x-mcp-key': ADMIN_KEY, 'x-api-key': 'other' }, 401, 'unauthenticated'],
  ])('%s is answered %j', async (_what, more, status, kind) => {
    const answer = await shake(path, { ...headers, ...more });
    expect(answer.status).toBe(status);
    if (kind === undefined) return;
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'error', error: { kind, requestId: expect.any(String) } });
    expect(answer.headers['x-request-id']).toBeDefined();
  });

  it('from a blocked address is refused', async () => {
    const admin = { 'x-mcp-key': ADMIN_KEY };
    await gateway.post('/config', { 'security.ipBlacklist': '192.0.2.9' }, admin);
    expect((await shake(path, { ...headers, 'x-forwarded-for': '192.0.2.9' })).status).toBe(403);
    expect((await shake(path, { ...headers, 'x-forwarded-for': '192.0.2.8' })).status).toBe(accepted);
    await gateway.post('/config', { 'security.ipBlacklist': null }, admin);
  });

  it('is counted against its address', async () => {
    const admin = { 'x-mcp-key': ADMIN_KEY };
    await gateway.post('/config', { 'security.maxAddressRequestsPerMinute': 2 }, admin);
    const from = { ...headers, 'x-forwarded-for': `192.0.2.${20 + Object.keys(handshakes).indexOf(name)}` };
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await shake(path, from)).status);
    expect(statuses).toEqual([accepted, accepted, 429]);
    await gateway.post('/config', { 'security.maxAddressRequestsPerMinute': null }, admin);
  });
});

describe.each(Object.entries(ways))('%s', (_way, connectBy) => {
  it.each([
    ['a bad key', { apiKey: 'nonsense' }],
    ['a key of the right form', { apiKey: 'mcp_live_2WmOEtDm8Xb1BAnwz3Nq0PZRkVJvCLs7yGfoQhTi5xu1c4NaB8' }],
    ['a bad token', { token: 'a.b.c' }],
    ['a key and a token that differ', { apiKey: ADMIN_KEY, token: 'other' }],
  ])('is refused with %s, even from a trusted address', async (_what, auth) => {
    await expect(connectBy(gateway.url, { auth })).rejects.toMatchObject({ data: { kind: 'unauthenticated' } });
  });

  it('is refused with a credential that differs from that of its headers', async () => {
    const both = { headers: { 'x-mcp-key': reader }, auth: { apiKey: ADMIN_KEY } };
    await expect(connectBy(gateway.url, both)).rejects.toMatchObject({ data: { kind: 'unauthenticated' } });
    const same = await connectBy(gateway.url, { headers: { 'x-mcp-key': reader }, auth: { apiKey: reader } });
    same.close();
  });

  it('is closed when it presents another credential later', async () => {
    const socket = await connectBy(gateway.url, { auth: { apiKey: reader } });
    expect(await socket.ask('auth', { apiKey: ADMIN_KEY })).toMatchObject({ error: { kind: 'unauthenticated' } });
    await socket.closed;
  });

  it('takes no unknown members beside a credential', async () => {
    const refused = connectBy(gateway.url, { auth: { apiKey: reader, admin: true } });
    await expect(refused).rejects.toMatchObject({ data: { kind: 'invalid' } });
  });

  it('behind a proxy that nobody knows is nobody until it says who it is', async () => {
    const socket = await connectBy(gateway.url, { headers: { via: '1.1 cache' } });
    expect(await socket.next('welcome')).toMatchObject({ caller: null });
    socket.close();
  });
});

describe('nonsense', () => {
  const healthy = async () => expect((await gateway.get('/health')).status).toBe(200);

  it.each([
    ['no JSON', 'nonsense', 'invalid'],
    ['an array', '[]', 'invalid'],
    ['null', 'null', 'invalid'],
    ['an object without a type', '{}', 'invalid'],
    ['a type that is no text', '{"type":5}', 'invalid'],
    ['an id that is no text', '{"type":"cancel","id":{}}', 'invalid'],
    ['an id that is too long', `{"type":"cancel","id":"${'x'.repeat(201)}"}`, 'invalid'],
    ['too deep', `{"type":"execute_tool","arguments":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'too-large'],
    ['bytes', Buffer.from('{"type":"cancel"}'), 'invalid'],
  ])('on /ws is told what it is, and the connection goes on: %s', async (_what, frame, kind) => {
    const client = await connectPlain(gateway.url);
    client.socket.send(frame);
    expect(await client.next('error')).toMatchObject({ kind, message: expect.any(String) });
    expect(await client.ask('unsubscribe', { room: 'logs' })).toMatchObject({ ok: true });
    client.close();
  });

  it('on /ws that breaks the protocol ends the connection', async () => {
    const client = await connectPlain(gateway.url);
    (client.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from([0xff, 0x00]));
    expect(await client.closed).toBe(1002);
    await healthy();
  });

  it.each([
    ['an event that node gives a meaning', '42["error",{}]', true],
    ['an event of Socket.IO’s own', '42["disconnect",{}]', false],
    ['several payloads', '42["unsubscribe",{"room":"logs"},{"room":"logs"}]', true],
    ['no event', '42[]', false],
    ['no JSON', '42nonsense', false],
    ['a packet of no type', '49', false],
    ['bytes that never come', '451-["cancel",{"_placeholder":true,"num":0}]', true],
  ])('of Socket.IO does no harm: %s', async (_what, packet, stays) => {
    const count = async () => {
      const { body } = await gateway.get('/api/stats', { 'x-mcp-key': ADMIN_KEY });
      return (body as { connections: { socketio: number } }).connections.socketio;
    };
    const before = await count();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const received: string[] = [];
    socket.on('message', (data: Buffer) => received.push(data.toString()));
    await once(socket, 'open');
    socket.send('40');
    await expect.poll(() => received.some((text) => text.startsWith('42["welcome"'))).toBe(true);
    socket.send(packet);
    if (stays) socket.close();
    await once(socket, 'close');
    await healthy();
    await expect.poll(count).toBe(before);
  });
});

describe('a message of Socket.IO without a name', () => {
  it.each([
    ['a number', '421[5]', '431['],
    ['a number with members', '421[5,{}]', '431['],
    ['no event', '42', '42["error",'],
    ['no event, to be acknowledged', '421', '42["error",'],
  ])('is invalid, and no fault of the gateway: %s', async (_what, packet, prefix) => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const received: string[] = [];
    socket.on('message', (data: Buffer) => received.push(data.toString()));
    await once(socket, 'open');
    socket.send('40');
    await expect.poll(() => received.some((text) => text.startsWith('42["welcome"'))).toBe(true);
    received.length = 0;
    socket.send(packet);
    await expect.poll(() => received).toHaveLength(1);
    expect(received[0]).toContain(prefix);
    expect(received[0]).toContain('{"code":-32600,"kind":"invalid","message":"A message has a name, a text"}');
    gateway.heard(received[0]!);
    socket.close();
  });
});

describe('other addresses', () => {
  it('/ws as an ordinary request is told how to connect', async () => {
    expect(await gateway.get('/ws')).toMatchObject({ status: 426, body: { error: { message: /WebSocket/ } } });
  });

  it('answer a WebSocket’s request as an ordinary one', async () => {
    const { status } = await shake('/nothing', upgrade);
    expect(status).toBe(404);
  });

  it('take a call whose client offers HTTP/2, as Java’s does, and keep its connection', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const request = [
      'POST /mcp/rpc HTTP/1.1',
      `Host: ${new URL(gateway.url).host}`,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    const connection = connectTo(gateway.url);
    connection.send(request);
    await connection.until((text) => text.includes('"result":{}'));
    connection.send(request);
    const both = await connection.until((text) => text.split('"result":{}').length === 3);
    expect(both.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    connection.socket.destroy();
  });
});

it('the door is closed where DOORS does not name it', async () => {
  const closed = await startGateway({ env: { DOORS: 'mcp,rpc' }, services: [GatewayModule] });
  await expect(connectSocketIo(closed.url, 'polling')).rejects.toThrow();
  await expect(connectSocketIo(closed.url, 'websocket')).rejects.toThrow();
  await expect(connectPlain(closed.url)).rejects.toMatchObject({ status: 404 });
  expect((await closed.get('/ws')).status).toBe(404);
  await closed.close();
});
