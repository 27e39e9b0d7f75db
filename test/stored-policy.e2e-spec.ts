import { afterEach, describe, expect, it, vi } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const UNREADABLE: [key: string, text: string, why: string, shut: string][] = [
  ['policies', '{"rules": [], "version": 9}', 'a policy as JSON', 'forbidden'],
  [
    'policies',
    '{"rules": [{"name": "gone", "effect": "deny", "operations": ["gateway.no-more"]}]}',
    'the rule gone names gateway.no-more, which is no operation',
    'forbidden',
  ],
  ['approvals.require', 'a*b*c*d*e', 'ids of operations', 'not-approved'],
];

let gateway: TestGateway | undefined;
let database: TestDatabase | undefined;
let line: Relay | undefined;
afterEach(async () => {
  await gateway?.close();
  await line?.cut();
  await database?.drop();
  [gateway, line, database] = [undefined, undefined, undefined];
});

async function start(): Promise<TestGateway> {
  database = await createDatabase();
  line = await Relay.to(database.url);
  gateway = await startGateway({ env: { DATABASE_URL: line.url, MCP_APPROVALS_WAIT_MS: '0' } });
  return gateway;
}

const store = (key: string, text: string) =>
  asSuperuser(
    database!.name,
    `INSERT INTO config_values VALUES ('${key}', '${text}') ON CONFLICT (key) DO UPDATE SET value = '${text}'`,
  );
const kindOf = ({ body }: { body: unknown }) => (body as { error?: { kind: string } }).error?.kind ?? 'ok';
const echo = (at: TestGateway) => at.post('/api/services/gateway/echo', { message: 'x' }, admin);

describe.each(UNREADABLE)('a stored value of %s that can’t be used (%s)', (key, text, why, shut) => {
  it('refuses the start, names the key, and leaves a way out', async () => {
    const at = await start();
    await store(key, text);
    await expect(at.restart()).rejects.toThrow(
      new RegExp(`The stored value of ${key} can't be used.*${why}.*MCP_CONFIG_MANAGED=file`),
    );
    await at.restart({ MCP_CONFIG_MANAGED: 'file' });
    expect(kindOf(await echo(at))).toBe('ok');
  });

  it('shuts what it could shut, where the store comes back with it later', async () => {
    const at = await start();
    expect(kindOf(await echo(at))).toBe('ok');
    await line!.cut();
    await store(key, text);
    await line!.mend();
    await vi.waitFor(async () => expect(kindOf(await echo(at))).toBe(shut), 10_000);
  });
});
