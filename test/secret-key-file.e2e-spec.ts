import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { services } from '#libs/services';
import { callStream } from './call-stream.js';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { SecretFiles } from './secret-file.js';

vi.setConfig({ testTimeout: 90_000 });

const SOON = { timeout: 30_000, interval: 100 };
const FIRST = 'the first secret of all gateways of this test';
const SECOND = 'the second secret of all gateways of this test';
const admin = { 'x-mcp-key': ADMIN_KEY };
const files = new SecretFiles();
const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
afterAll(() => files.remove());

async function newDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  opened.push(() => database.drop());
  return database;
}

async function start({ url }: TestDatabase, env: Record<string, string>): Promise<TestGateway> {
  const gateway = await startGateway({
    env: { DATABASE_URL: url, MCP_APPROVALS_REQUIRE: 'vault.open', MCP_APPROVALS_ROUND_MS: '100', ...env },
    services: [...services, VaultModule],
  });
  opened.push(() => gateway.close());
  return gateway;
}

type Headers = Record<string, string>;

async function newKey(at: TestGateway): Promise<Headers> {
  const { body } = await at.post('/admin/api-keys', { name: 'agent', permissions: ['write'] }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

const statusOf = async (at: TestGateway, by: Headers) => (await at.get('/api/tools', by)).status;

/** What the store keeps under a secret. */
async function kept({ name }: TestDatabase): Promise<Record<string, unknown>> {
  const [row = {}] = await asSuperuser(
    name,
    `SELECT (SELECT array_agg(DISTINCT pepper_id) FROM api_keys) AS keys,
            (SELECT array_agg(DISTINCT key_id) FROM audit_checkpoints) AS checkpoints,
            (SELECT target FROM upstreams) AS target,
            (SELECT sealed_arguments FROM approvals ORDER BY created_at LIMIT 1) AS approval`,
  );
  return row;
}

/** A request of 2026-07-28 to open a door, which a person has to allow. */
async function openDoor(at: TestGateway, by: Headers, door: string, requestState?: string) {
  const version = '2026-07-28';
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = {
    name: 'vault_open',
    arguments: { door },
    ...(requestState !== undefined && { requestState }),
    _meta,
  };
  const { body } = await at.post(
    '/mcp',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    {
      ...by,
      accept: 'application/json',
      'mcp-protocol-version': version,
      'mcp-method': 'tools/call',
      'mcp-name': 'vault_open',
    },
  );
  return (body as { result: { requestState: string; structuredContent?: unknown } }).result;
}

async function allow(at: TestGateway, door: string): Promise<void> {
  const { body } = await at.get('/admin/approvals?limit=200', admin);
  const { items } = body as { items: { id: string; arguments: { door: string } }[] };
  const asked = items.find((each) => each.arguments.door === door);
  expect((await at.post(`/admin/approvals/${asked?.id}`, { decision: 'approve' }, admin)).status).toBe(200);
}

describe('MCP_SECRET_KEY whose file changes', () => {
  it('comes into force under constant calls, and is all that the next start needs', async () => {
    const database = await newDatabase();
    const gateway = await start(database, { MCP_SECRET_KEY_FILE: files.write('one', FIRST) });
    const agent = await newKey(gateway);
    const target = { name: 'far', url: 'https://93.184.215.14/mcp', headers: { authorization: 'Bearer x' } };
    expect((await gateway.post('/admin/upstreams', { ...target, enabled: false }, admin)).status).toBe(201);
    const begunBefore = await openDoor(gateway, agent, 'before');
    const isVerified = async () => ((await gateway.get('/admin/audit/verify', admin)).body as { valid: boolean }).valid;
    expect(await isVerified()).toBe(true);
    const before = await kept(database);
    expect(Object.values(before)).not.toContain(null);

    const stream = callStream(
      () => gateway.get('/api/tools', agent),
      () => gateway.get('/admin/approvals', admin),
      () => gateway.get('/admin/upstreams/far', admin),
    );
    files.write('one', SECOND);
    await expect
      .poll(async () => {
        const now = await kept(database);
        return Object.keys(before).filter((name) => String(now[name]) === String(before[name]));
      }, SOON)
      .toEqual([]);
    const { calls, failures } = await stream.end();
    expect([failures, calls > 5, await isVerified()]).toEqual([[], true, true]);

    await allow(gateway, 'before');
    const { structuredContent } = await openDoor(gateway, agent, 'before', begunBefore.requestState);
    expect(structuredContent).toEqual({ opened: 'before' });

    const begunAfter = await openDoor(gateway, agent, 'after');
    await gateway.restart({ MCP_SECRET_KEY_FILE: files.write('only', SECOND) });
    await allow(gateway, 'after');
    expect(await openDoor(gateway, agent, 'after', begunAfter.requestState)).toMatchObject({
      structuredContent: { opened: 'after' },
    });
    const far = await gateway.get('/admin/upstreams/far', admin);
    expect([await statusOf(gateway, agent), far.status, await isVerified()]).toEqual([200, 200, true]);
  });

  it('of several gateways comes into force when each of them knows it, and is unknown to none', async () => {
    const database = await newDatabase();
    const env = (name: string) => ({ MCP_SECRET_KEY_FILE: files.write(name, FIRST) });
    const [one, other] = await Promise.all([start(database, env('one')), start(database, env('other'))]);
    const agent = await newKey(one);
    await expect.poll(() => statusOf(other, agent), SOON).toBe(200);
    const before = await kept(database);
    const streams = [one, other].map((at) =>
      callStream(
        () => at.get('/api/tools', agent),
        () => at.get('/admin/approvals', admin),
      ),
    );

    files.write('one', SECOND);
    const looks = async () => {
      const rows = await asSuperuser(database.name, 'SELECT seen_at FROM known_secrets WHERE cardinality(ids) = 2');
      return String(rows[0]?.seen_at);
    };
    await expect.poll(looks, SOON).not.toBe('undefined');
    const seenAt = await looks();
    await expect.poll(looks, SOON).not.toBe(seenAt);
    // it knows the new one, has looked whether the other does, and goes by the old one meanwhile
    const made = await newKey(one);
    await expect.poll(() => statusOf(other, made), SOON).toBe(200);
    expect((await kept(database)).keys).toEqual(before.keys);

    files.write('other', SECOND);
    await expect
      .poll(async () => {
        expect(await statusOf(one, made)).toBe(200);
        const { keys } = (await kept(database)) as { keys: string[] };
        return keys.length === 1 && keys[0] !== String(before.keys);
      }, SOON)
      .toBe(true);
    for (const stream of streams) expect((await stream.end()).failures).toEqual([]);

    for (const at of [one, other]) {
      await at.restart();
      expect([await statusOf(one, made), await statusOf(other, agent)]).toEqual([200, 200]);
    }
  });

  it('and is set with the one before at one restart after the other, is waited for in the same way', async () => {
    const database = await newDatabase();
    const old = { MCP_SECRET_KEY: FIRST };
    const both = { MCP_SECRET_KEY: SECOND, MCP_SECRET_KEY_PREVIOUS: FIRST };
    const [one, other] = await Promise.all([start(database, old), start(database, old)]);
    const agent = await newKey(one);
    const { keys } = await kept(database);
    await one.restart(both);
    expect([await statusOf(one, agent), await statusOf(other, agent)]).toEqual([200, 200]);
    const made = await newKey(one);
    await expect.poll(() => statusOf(other, made), SOON).toBe(200);
    expect((await kept(database)).keys).toEqual(keys);
    await other.restart(both);
    await expect
      .poll(async () => {
        expect([await statusOf(one, agent), await statusOf(one, made)]).toEqual([200, 200]);
        const now = (await kept(database)).keys as string[];
        return now.length === 1 && now[0] !== String(keys);
      }, SOON)
      .toBe(true);
    for (const at of [one, other]) {
      await at.restart({ MCP_SECRET_KEY: SECOND, MCP_SECRET_KEY_PREVIOUS: '' });
      expect([await statusOf(one, agent), await statusOf(other, made)]).toEqual([200, 200]);
    }
  });
});
