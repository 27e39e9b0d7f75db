import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { waiting, WaitingModule } from '../fixtures/waiting.service.js';
import { ADMIN_KEY } from '../gateway.js';
import { connectTo, exchange, statusesOf } from '../raw-http.js';
import { ofRpc, openDoors, openSession, type Outcome } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: WatchedGateway;

beforeAll(async () => {
  gateway = await startWatched({ services: [GatewayModule, WaitingModule] });
});
afterAll(() => gateway.close());
afterEach(() => expectUnharmed(gateway));

describe.each<[path: string, headersOf: (key: Record<string, string>) => Promise<Record<string, string>>]>([
  ['/mcp/rpc', (key) => Promise.resolve(key)],
  ['/mcp', (key) => openSession(gateway, key)],
])('a batch at %s', (path, headersOf) => {
  const entries = (count: number, tool = 'gateway_echo') =>
    Array.from({ length: count }, (_, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: tool, arguments: tool === 'gateway_echo' ? { message: 'x' } : {} },
    }));

  it('of more than 50 is refused as a whole', async () => {
    const headers = await headersOf(admin);
    expect((await gateway.post(path, entries(50), headers)).status).toBe(200);
    expect(await gateway.post(path, entries(51), headers)).toMatchObject({
      status: 413,
      body: { error: { code: -32013, message: expect.stringContaining('at most 50') } },
    });
  });

  it('runs 8 of its entries at a time', async () => {
    waiting.length = 0;
    const answer = gateway.post(path, entries(20, 'waiting_wait'), await headersOf(admin));
    for (let ended = 0; ended < 20; ended += 1) {
      await expect.poll(() => waiting.length).toBe(Math.min(ended + 8, 20));
      waiting[ended]!();
    }
    const { body } = await answer;
    expect((body as unknown[]).map(ofRpc)).toEqual(Array(20).fill({ data: {} }));
  });

  it('spends one unit of its caller’s budget with each entry', async () => {
    const policy = { name: 'few', permissions: ['read'], limits: { perMinute: 5 } };
    const { key } = (await gateway.post('/admin/api-keys', policy, admin)).body as { key: string };
    const { body } = await gateway.post(path, entries(10), await headersOf({ 'x-mcp-key': key }));
    const kinds = (body as unknown[]).map(ofRpc).map((outcome) => ('kind' in outcome ? outcome.kind : 'ok'));
    expect(kinds.sort()).toEqual([...Array<string>(5).fill('limited'), ...Array<string>(5).fill('ok')]);
  });
});

/** Two requests in one, where a server before the gateway would see one. The second one asks for what is no probe. */
describe('a request that hides another one', () => {
  const hidden = 'GET /api/tools HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: hidden\r\n\r\n';
  const post = (headers: string, body: string) =>
    `POST /mcp/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
  const chunked = (size: string) => `${size}\r\n{}\r\n0\r\n\r\n`;

  it.each<[string, string, number[]?]>([
    ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5', `0\r\n\r\n${hidden}`)],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 0', `{}${hidden}`)],
    ['two lengths in one', post('Content-Length: 2, 0', `{}${hidden}`)],
    ['a length with a sign', post('Content-Length: +2', `{}${hidden}`)],
    ['a negative length', post('Content-Length: -2', `{}${hidden}`)],
    ['a hexadecimal length', post('Content-Length: 0x2', `{}${hidden}`)],
    ['an endless length', post('Content-Length: 99999999999999999999', `{}${hidden}`)],
    ['no number as length', post('Content-Length: two', `{}${hidden}`)],
    ['an unknown encoding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${hidden}`)],
    ['chunks that are not last', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${hidden}`)],
    ['chunks twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow', `0\r\n\r\n${hidden}`)],
    ['an encoding in quotes', post('Transfer-Encoding: "chunked"', `0\r\n\r\n${hidden}`)],
    ['an encoding with a vertical tab', post('Transfer-Encoding:\u000bchunked', `0\r\n\r\n${hidden}`)],
    ['a blank before a colon', post('Transfer-Encoding : chunked', `0\r\n\r\n${hidden}`)],
    ['a blank before a header', post(' Transfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['a folded header', post('X: 1\r\n Transfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['a bare line feed', post('X: 1\nTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['a bare carriage return', post('X: 1\rTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['a NUL in a header', post('X: a\0b\r\nContent-Length: 2', `{}${hidden}`)],
    ['a chunk’s size with a sign', post('Transfer-Encoding: chunked', chunked('+2') + hidden)],
    ['a chunk’s size in hexadecimal letters', post('Transfer-Encoding: chunked', chunked('0x2') + hidden)],
    ['a chunk’s size beyond numbers', post('Transfer-Encoding: chunked', chunked('FFFFFFFFFFFFFFFFFFFF') + hidden)],
    ['a chunk’s line with a bare line feed', post('Transfer-Encoding: chunked', `2;a\n{}\r\n0\r\n\r\n${hidden}`)],
    ['a chunk that is longer than it says', post('Transfer-Encoding: chunked', `2\r\n{}xx\r\n0\r\n\r\n${hidden}`)],
    ['chunks in HTTP/1.0', post('Transfer-Encoding: chunked', chunked('2') + hidden).replace('1.1', '1.0')],
    [
      'a body of a GET',
      `GET /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      [404, 200],
    ],
    ['a target with a line feed', `GET /a\nHost: evil.example HTTP/1.1\r\nHost: localhost\r\n\r\n${hidden}`],
    ['another version', `GET /nowhere HTTP/9.9\r\nHost: localhost\r\n\r\n${hidden}`],
    ['no version', `GET /nowhere\r\n\r\n${hidden}`, [421]],
  ])('%s', async (_what, request, statuses = [400]) => {
    const connection = connectTo(gateway.url);
    connection.send(request);
    // for what leaves the connection open
    connection.send('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const received = await connection.closed();
    gateway.heard(received, request);
    expect(statusesOf(received)).toEqual(statuses);
    expect(received).not.toMatch(/x-request-id: hidden/i);
  });
});

describe('a handshake of a socket', () => {
  it.each(['/ws', '/socket.io/?EIO=4&transport=websocket', '/socket.io/?EIO=4&transport=polling'])(
    'with two hosts is refused: %s',
    async (path) => {
      const upgrade = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
      const kind = path.endsWith('polling') ? 'Connection: close' : `Connection: Upgrade\r\n${upgrade}`;
      for (const hosts of ['Host: localhost\r\nHost: evil.example', 'Host: evil.example\r\nHost: localhost']) {
        const received = await exchange(gateway.url, `GET ${path} HTTP/1.1\r\n${hosts}\r\n${kind}\r\n\r\n`);
        gateway.heard(received);
        expect(statusesOf(received)).toEqual([400]);
      }
    },
  );
});

describe('through every door', () => {
  let opened: Awaited<ReturnType<typeof openDoors>>;
  beforeAll(async () => {
    opened = await openDoors(gateway, admin);
  });
  afterAll(() => opened.close());
  const echo = { service: 'gateway', name: 'echo', tool: 'gateway_echo' };
  const throughAll = async (input: unknown, but?: string) => {
    const doors = Object.entries(opened.doors).filter(([door]) => door !== but);
    const outcomes = doors.map(async ([door, call]) => [door, await call(echo, input)]);
    return Object.fromEntries(await Promise.all(outcomes)) as Record<string, Outcome>;
  };
  const everywhere = (outcome: unknown) => Object.fromEntries(Object.keys(opened.doors).map((door) => [door, outcome]));

  it.each(['__proto__', 'constructor'])('a member %s is dropped', async (name) => {
    const input: unknown = JSON.parse(`{"message":"x","${name}":{"polluted":1,"prototype":{"polluted":1}}}`);
    expect(await throughAll(input)).toEqual(everywhere({ data: { message: 'x' } }));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each(['prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'then', 'toJSON', 'length'])(
    'a member %s is one that nobody knows',
    async (name) => {
      expect(await throughAll({ message: 'x', [name]: 1 })).toEqual(everywhere({ kind: 'invalid' }));
    },
  );

  it.each([
    ['65 levels', JSON.parse('['.repeat(65) + ']'.repeat(65))],
    ['10,001 members', Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`m${i}`, 1]))],
  ])('%s are too much', async (_what, message: unknown) => {
    // a frame of /ws that is refused unread has no id that its refusal could repeat
    for (const [door, outcome] of Object.entries(await throughAll({ message }, '/ws'))) {
      // to a slash command its JSON is part of a text
      const kind = door === 'a slash command' ? 'invalid' : 'too-large';
      expect([door, outcome]).toEqual([door, { kind }]);
    }
  });

  it.each([[null], [[]], ['text'], [7], [true], [[['message', 'x']]]])(
    '%j is no object of arguments',
    async (input) => {
      // to a slash command it is a word
      for (const [door, outcome] of Object.entries(await throughAll(input, 'a slash command'))) {
        expect([door, 'kind' in outcome && outcome.kind]).toEqual([door, expect.stringMatching(/^(invalid|-32602)$/)]);
      }
    },
  );
});
