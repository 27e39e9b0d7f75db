import Cloudflare from 'cloudflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCloudflare, type CloudflareServer } from './server.js';
import { ACCOUNT, VIDEOS, ZONES } from './state.js';
import { TOKEN } from './tokens.js';

/** What the tests of the service rest on: Cloudflare's own client takes this server for Cloudflare. */
describe('Cloudflare’s SDK', () => {
  let server: CloudflareServer;
  let client: Cloudflare;
  const zone_id = ZONES['ozean-licht.dev'];
  const account_id = ACCOUNT;

  beforeAll(async () => {
    server = await startCloudflare();
    client = new Cloudflare({ apiToken: TOKEN, baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  it('pages through zones and records', async () => {
    const zones = [];
    for await (const { name } of client.zones.list({ per_page: 5 })) zones.push(name);
    const records = [];
    for await (const { type } of client.dns.records.list({ zone_id, per_page: 2 })) records.push(type);
    expect([zones, records]).toEqual([Object.keys(ZONES), ['A', 'MX', 'CNAME']]);
  });

  it('creates, edits, overwrites, exports and deletes a record', async () => {
    const record = { zone_id, type: 'A', name: 'sdk.ozean-licht.dev', ttl: 60, content: '203.0.113.1' } as const;
    const { id } = await client.dns.records.create(record);
    const edited = await client.dns.records.edit(id, { ...record, content: '203.0.113.2' });
    const updated = await client.dns.records.update(id, { ...record, ttl: 120 });
    expect([edited.content, updated.ttl]).toEqual(['203.0.113.2', 120]);
    expect(await client.dns.records.export({ zone_id })).toContain('sdk.ozean-licht.dev.\t120\tIN\tA\t203.0.113.1');
    expect(await client.dns.records.delete(id, { zone_id })).toEqual({ id });
  });

  it('reads and edits videos', async () => {
    const videos = [];
    for await (const { uid } of client.stream.list({ account_id, limit: 10 })) videos.push(uid);
    const { meta } = await client.stream.edit(VIDEOS.draft, { account_id, meta: { name: 'Draft' } });
    const { token } = await client.stream.token.create(VIDEOS.lesson, {
      account_id,
      exp: Math.ceil(Date.now() / 1_000) + 60,
    });
    expect([videos, meta, token]).toEqual([
      [VIDEOS.draft, VIDEOS.lesson],
      { name: 'Draft' },
      expect.stringMatching(/^eyJ/),
    ]);
  });

  it('purges the cache and verifies its token', async () => {
    expect(await client.cache.purge({ zone_id, files: ['https://ozean-licht.dev/a'] })).toEqual({ id: zone_id });
    expect(await client.user.tokens.verify()).toMatchObject({ status: 'active' });
  });

  it.each([
    ['an unknown record', () => client.dns.records.get('0'.repeat(32), { zone_id }), Cloudflare.NotFoundError],
    [
      'a bad token',
      () => new Cloudflare({ apiToken: 'no-token', baseURL: server.url }).zones.list(),
      Cloudflare.AuthenticationError,
    ],
    ['what is not in the API', () => client.get('/zones?nmae=x'), Cloudflare.BadRequestError],
    [
      'a record that is wrong',
      () => client.dns.records.create({ zone_id, type: 'A', name: 'x', ttl: 1, content: 'x' }),
      Cloudflare.BadRequestError,
    ],
  ])('is refused %s', async (_what, work, error) => {
    await expect((async () => work())()).rejects.toThrow(error);
  });
});
