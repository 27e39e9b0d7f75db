import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeDataSource } from '../libs/core/src/store/data-source.js';
import { SchemaHistory } from '../libs/core/src/store/schema/schema-history.js';
import { poolOf } from '../libs/core/src/store/schema/gateways-at-work.js';
import { createDatabase, type TestDatabase } from './database.js';

const STEP = 'ToldChanges1732149740000';
const REPLICA = '6f2a1b3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c';
const KEY = `INSERT INTO api_keys (name, hash, prefix, permissions) VALUES ('k', 'hash', 'p', '{read}')`;
const TOOL = `INSERT INTO upstream_tools (upstream, tool, hash, approved, listed, asks, first_seen_at, last_seen_at)
  VALUES ('u', 't', 'h', '{"name": "a\\u0000"}', true, false, now(), now())`;

let database: TestDatabase;
let source: ReturnType<typeof makeDataSource>;
let listener: Client;
let writer: Client;
const heard: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  source = makeDataSource(database.url, { migrations: [], connections: 2 });
  await source.initialize();
  await source.runMigrations({ transaction: 'all' });
  listener = new Client({ connectionString: database.url });
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.connect();
  await listener.query('LISTEN mcp_gateway_changes');
  writer = await connected();
});
afterAll(async () => {
  await Promise.all([listener.end(), writer.end(), source.destroy()]);
  await database.drop();
});
beforeEach(async () => {
  await writer.query(
    'TRUNCATE api_keys, config_values, config_changes, ip_blocks, toolsets, upstreams, upstream_tools',
  );
  await told();
});

async function connected(name?: string): Promise<Client> {
  const client = new Client({ connectionString: database.url, application_name: name });
  await client.connect();
  return client;
}

/** All that was told since the last look: what one connection says after it comes after it. */
async function told(): Promise<string[]> {
  await writer.query(`NOTIFY mcp_gateway_changes, 'that is all'`);
  await expect.poll(() => heard.at(-1)).toBe('that is all');
  return heard.splice(0).slice(0, -1);
}

it.each<[string, string, string[]]>([
  ['a key', KEY, ['store api-keys']],
  ['several rows of one table', `${KEY}; ${KEY.replace("'hash'", "'another'")}`, ['store api-keys']],
  ['a setting', `INSERT INTO config_values VALUES ('a', 'b')`, ['store configuration']],
  ['a block', `INSERT INTO ip_blocks (id, network) VALUES (gen_random_uuid(), '192.0.2.1')`, ['store ip-blocks']],
  ['a toolset', `INSERT INTO toolsets (name, tools) VALUES ('t', '{}')`, ['store toolsets']],
  [
    'an upstream',
    `INSERT INTO upstreams VALUES ('u', 't', '', true, NULL, '{"name": "a\\u0000"}', now()); UPDATE upstreams SET enabled = false`,
    ['store upstreams'],
  ],
  ['an emptied table', 'TRUNCATE toolsets', ['store toolsets']],
])('tells of %s once, with its commit', async (_what, sql, expected) => {
  await writer.query('BEGIN');
  await writer.query(sql);
  await listener.query('SELECT 1');
  expect(heard).toEqual([]);
  await writer.query('COMMIT');
  expect(await told()).toEqual(expected);
});

it('tells nothing of what is rolled back', async () => {
  await writer.query(`BEGIN; ${KEY}; ROLLBACK`);
  expect(await told()).toEqual([]);
});

it('tells what becomes of a key, and not of its use', async () => {
  await writer.query(KEY);
  await told();
  await writer.query('UPDATE api_keys SET use_count = use_count + 1, last_used_at = now()');
  await writer.query(`UPDATE api_keys SET name = 'k'`);
  expect(await told()).toEqual([]);
  await writer.query(`UPDATE api_keys SET permissions = '{}', use_count = 9`);
  expect(await told()).toEqual(['store api-keys']);
  await writer.query('DELETE FROM api_keys');
  expect(await told()).toEqual(['store api-keys']);
});

it('tells what is approved of a tool, and not what each replica sees by itself', async () => {
  await writer.query(TOOL);
  await writer.query(`UPDATE upstream_tools SET last_seen_at = now(), pending = '{}', listed = false`);
  expect(await told()).toEqual([]);
  await writer.query(`UPDATE upstream_tools SET hash = 'new', pending = NULL`);
  expect(await told()).toEqual(['store definitions']);
  await writer.query('DELETE FROM upstream_tools');
  expect(await told()).toEqual([]);
});

it.each([
  ['the replica whose connection it is', poolOf(REPLICA), REPLICA],
  ['nobody for one with another name', 'mcp-gateway line', 'store'],
  ['nobody for one without a name', '', 'store'],
])('names %s', async (_whom, name, origin) => {
  const client = await connected(name);
  await client.query(KEY);
  await client.end();
  expect(await told()).toEqual([`${origin} api-keys`]);
});

it('is taken back, and comes again', async () => {
  const runner = source.createQueryRunner();
  const history = new SchemaHistory(source, runner);
  while ((await history.done())[0] !== STEP) await history.undo(1);
  await history.undo(1);
  await writer.query(KEY);
  expect(await told()).toEqual([]);
  await history.run();
  await runner.release();
  await writer.query('DELETE FROM api_keys');
  expect(await told()).toEqual(['store api-keys']);
});
