import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { waiting, WaitingModule } from '../fixtures/waiting.service.js';
import { ADMIN_KEY } from '../gateway.js';
import { ofRpc, openSession } from './every-door.js';
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
