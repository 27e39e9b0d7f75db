import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from './event-reader.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

type Headers = Record<string, string>;
const MIB = 1024 * 1024;
const admin = { 'x-mcp-key': ADMIN_KEY };
const accept = 'application/json, text/event-stream';
/** There answers are not shortened. */
const path = '/mcp/servers/session';

let gateway: TestGateway;
let fixture: HttpUpstream;
beforeAll(async () => {
  fixture = await sessionServer('v1');
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify({ session: { url: fixture.url } }) } });
});
afterAll(async () => {
  await gateway.close();
  await fixture.close();
});

const request = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const initialize = (capabilities: object = {}) =>
  request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '1' } });

async function openSession(): Promise<Headers> {
  const { headers } = await gateway.post(path, initialize(), { accept, ...admin });
  return {
    ...admin,
    accept,
    'mcp-session-id': String(headers['mcp-session-id']),
    'mcp-protocol-version': '2025-11-25',
  };
}

const open = (method: string, headers: Headers, body?: unknown) =>
  EventReader.open(gateway.url, method, headers, body, path);

/** A client of a session's standing stream whose connection breaks; answers its place. */
async function brokenStream(session: Headers): Promise<string> {
  const stream = await open('GET', session);
  const place = (await stream.next())?.id ?? '';
  stream.response.destroy();
  return place;
}

it('a standing stream brings what changed while it was broken', async () => {
  const session = await openSession();
  const place = await brokenStream(session);
  const witness = await open('GET', await openSession());
  await witness.next();
  const rule = { name: 'no-echoes', effect: 'deny', operations: ['session.echo'] };
  expect((await gateway.post('/config', { policies: { roles: {}, rules: [rule] } }, admin)).status).toBe(200);
  expect((await gateway.post('/config/undo', {}, admin)).status).toBe(200);
  const listsChanged = ['tools', 'resources', 'prompts'].map((list) => `notifications/${list}/list_changed`);
  const heard = async (stream: EventReader) => {
    const events = [await stream.next(), await stream.next(), await stream.next()];
    stream.response.destroy();
    return events.map((event) => event?.message?.method);
  };
  expect(await heard(witness)).toEqual(listsChanged);
  expect(await heard(await open('GET', { ...session, 'last-event-id': place }))).toEqual(listsChanged);
});

it('a place after which something is kept no more is refused, and one after which nothing came is not', async () => {
  const session = await openSession();
  const standing = await brokenStream(session);
  const call = request('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(0.9 * MIB) } });
  const places: string[] = [];
  for (let n = 0; n < 20; n += 1) {
    const events = await open('POST', { ...session, accept: 'text/event-stream' }, call);
    const [opening, answer] = await events.rest();
    expect(answer?.message).toMatchObject({ id: 1, result: { content: [{ type: 'text' }] } });
    places.push(opening?.id ?? '');
  }
  const statusAt = async (id = '') => {
    const { response } = await open('GET', { ...session, 'last-event-id': id });
    response.destroy();
    return response.statusCode;
  };
  expect([await statusAt(places[0]), await statusAt(places.at(-1)), await statusAt(standing)]).toEqual([400, 200, 200]);
});

describe('what a session keeps of its client', () => {
  it('has no room for capabilities of more than 16 KiB', async () => {
    const opened = async (letters: number) => {
      const capabilities = { experimental: { x: { y: 'y'.repeat(letters) } } };
      return gateway.post(path, initialize(capabilities), { accept, ...admin });
    };
    expect(await opened(16_300)).toMatchObject({ status: 200, body: { result: { protocolVersion: '2025-11-25' } } });
    const { status, body, headers } = await opened(16_400);
    const message = 'capabilities: expected at most 16 KiB of JSON';
    expect([status, body]).toMatchObject([200, { id: 1, error: { code: -32602, message } }]);
    expect(headers['mcp-session-id']).toBeUndefined();
  });

  it('is at most 128 Ki letters of addresses that it watches', async () => {
    const session = await openSession();
    const subscribe = (n: number) =>
      gateway.post(path, request('resources/subscribe', { uri: `fixture://${n}/`.padEnd(2_000, 'x') }), session);
    for (let n = 0; n < 65; n += 1) expect((await subscribe(n)).body).toMatchObject({ result: {} });
    expect((await subscribe(65)).body).toMatchObject({ error: { code: -32602 } });
    await gateway.send({ method: 'DELETE', path, headers: session });
  });
});
