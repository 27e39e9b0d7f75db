import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { ADMIN_KEY } from '../gateway.js';
import { shakeAt, upgrade } from '../handshake.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

let gateway: WatchedGateway;
let reader: string;

beforeAll(async () => {
  gateway = await startWatched({ env: { TRUSTED_PROXIES: '127.0.0.1' }, services: [GatewayModule] });
  const policy = { name: 'reader', permissions: ['read'] };
  const { body } = await gateway.post('/admin/api-keys', policy, { 'x-mcp-key': ADMIN_KEY });
  reader = (body as { key: string }).key;
});
afterAll(() => gateway.close());
afterEach(() => expectUnharmed(gateway));

const shake = (path: string, headers: Record<string, string>, method?: string, body?: string) =>
  shakeAt(gateway.url, path, headers, method, body);

describe('a session of Socket.IO', () => {
  const begin = async (headers: Record<string, string> = {}) => {
    const { text } = await shake('/socket.io/?EIO=4&transport=polling', headers);
    const { sid } = JSON.parse((text as string).slice(1)) as { sid: string };
    return `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  };

  it('goes on for whoever began it alone', async () => {
    const path = await begin({ 'x-forwarded-for': '192.0.2.1', 'x-mcp-key': reader });
    const post = (headers: Record<string, string>) =>
      shake(path, { 'content-type': 'text/plain', ...headers }, 'POST', '40');
    expect((await post({ 'x-forwarded-for': '192.0.2.2', 'x-mcp-key': reader })).status).toBe(403);
    expect((await post({ 'x-forwarded-for': '192.0.2.1' })).status).toBe(403);
    expect((await post({ 'x-forwarded-for': '192.0.2.1', 'x-mcp-key': ADMIN_KEY })).status).toBe(403);
    const taken = await shake(path, { ...upgrade, 'x-forwarded-for': '192.0.2.2', 'x-mcp-key': reader });
    expect(taken.status).toBe(403);
    expect((await post({ 'x-forwarded-for': '192.0.2.1', 'x-mcp-key': reader })).status).toBe(200);
  });

  it.each([
    ['behind another one', (sid: string) => `sid=x&sid=${sid}`],
    ['before another one', (sid: string) => `sid=${sid}&sid=x`],
    ['under a name that is encoded', (sid: string) => `sid=x&%73id=${sid}`],
    ['before an empty one', (sid: string) => `sid=${sid}&sid=`],
    ['behind an empty one', (sid: string) => `sid=&sid=${sid}`],
  ])('is named once: %s, nobody gets at it', async (_what, spelled) => {
    const path = await begin({ 'x-mcp-key': ADMIN_KEY });
    const own = { 'x-mcp-key': ADMIN_KEY, 'content-type': 'text/plain' };
    const [, sid] = path.split('&sid=');
    const there = path.replace(`sid=${sid}`, spelled(sid!));
    const elsewhere = { 'content-type': 'text/plain', 'x-forwarded-for': '192.0.2.2' };
    const answers = [
      await shake(there, elsewhere, 'POST', '40'),
      await shake(there, elsewhere),
      await shake(there, { ...elsewhere, ...upgrade }),
      await shake(there.replace('polling', 'websocket'), { ...elsewhere, ...upgrade }),
    ];
    expect(answers.map(({ status }) => status as number)).toEqual([400, 400, 400, 400]);
    expect(JSON.parse(answers[0].text)).toMatchObject({
      error: { kind: 'invalid', details: { issues: [{ path: 'sid' }] } },
    });
    expect((await shake(path, own, 'POST', '40')).status).toBe(200);
  });

  it.each(['sid=', 'sid', 'sid=x&sid='])(
    'begins with no empty name, where there is room or not: ?%s',
    async (query) => {
      const admin = { 'x-mcp-key': ADMIN_KEY };
      await gateway.post('/config', { 'realtime.maxConnections': 1 }, admin);
      const statuses = [];
      for (let i = 0; i < 3; i += 1) {
        statuses.push((await shake(`/socket.io/?EIO=4&transport=polling&${query}`, {})).status);
      }
      await gateway.post('/config', { 'realtime.maxConnections': null }, admin);
      expect(statuses).toEqual([400, 400, 400]);
    },
  );

  it('that nobody began is refused', async () => {
    expect((await shake('/socket.io/?EIO=4&transport=polling&sid=__proto__', {})).status).toBe(400);
  });

  it('is not moved on by a foreign page', async () => {
    const path = await begin();
    expect((await shake(path, { origin: 'https://evil.example' }, 'POST', '40')).status).toBe(403);
  });

  it('ends at a body that is too large', async () => {
    const path = await begin();
    expect((await shake(path, { 'content-type': 'text/plain' }, 'POST', 'x'.repeat(300_000))).status).toBe(413);
  });
});
