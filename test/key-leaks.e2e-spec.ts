import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey } from '../libs/core/src/access/key-format.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const LIST = '/admin/api-keys';
const admin = { 'x-mcp-key': ADMIN_KEY };
const of = (key: string) => ({ 'x-mcp-key': key });

interface Key {
  id: string;
  key: string;
  prefix: string;
}

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const create = async (policy: object = {}) =>
  (await gateway.post(LIST, { name: 'agent', permissions: ['read'], ...policy }, admin)).body as Key;
const rotate = async (id: string, overlapSeconds: number) =>
  (await gateway.post(`${LIST}/${id}/rotate`, { overlapSeconds }, admin)).body as Key;
const check = (keys: unknown, more: object = {}, by: Record<string, string> = admin) =>
  gateway.post(`${LIST}/check`, { keys, ...more }, by);
const itemsOf = async (keys: string[], more: object = {}) =>
  ((await check(keys, more)).body as { items: Record<string, unknown>[] }).items;
const uses = async (key: string) => (await gateway.get('/api/tools', of(key))).status;

/** Another digit in its place, so that the checksum is wrong. */
const mistyped = (key: string) => key.slice(0, 20) + (key[20] === 'a' ? 'b' : 'a') + key.slice(21);

describe('the page about keys', () => {
  const page = readFileSync('docs/keys.md', 'utf8');
  const [, example] = /```js offline\n([\s\S]*?)```/.exec(page) ?? [];
  const [, expression] = /fits this expression[\s\S]*?```\n(.*)\n```/.exec(page) ?? [];

  it('tells how to recognise a key without the gateway', async () => {
    const file = join(gateway.directory, 'offline.mjs');
    writeFileSync(file, example!);
    const { isGatewayKey } = (await import(pathToFileURL(file).href)) as { isGatewayKey: (text: string) => boolean };
    const keys = Array.from({ length: 200 }, generateKey);
    expect(keys.filter((key) => !isGatewayKey(key))).toEqual([]);
    expect([...keys.map(mistyped), '', ADMIN_KEY, `${keys[0]}x`].filter(isGatewayKey)).toEqual([]);
  });

  it('gives an expression that finds each key in a text, and the rule for scanners has the same', () => {
    const keys = Array.from({ length: 50 }, generateKey);
    const text = keys.map((key, i) => [`KEY=${key}`, `"${key}",`, `https://x.example/?k=${key}&`][i % 3]).join('\n');
    expect(text.match(new RegExp(expression!, 'g'))).toEqual(keys);
    expect(page).toContain(`regex = '''${expression!.replace('mcp', '(mcp').replace(/\\b$/, ')\\b')}'''`);
  });
});

describe('keys that were found', () => {
  it('are judged in their order, and none of them is used', async () => {
    const live = await create({ owner: 'ada' });
    const replaced = await create();
    await rotate(replaced.id, 0);
    const overlapping = await create();
    const fresh = await rotate(overlapping.id, 600);
    const foreign = generateKey();
    const keys = [live.key, replaced.key, overlapping.key, fresh.key, foreign, mistyped(live.key), ADMIN_KEY, 'x'];
    const answer = await check(keys);
    const { items } = answer.body as { items: object[] };
    const none = { id: null, name: null, owner: null, revoked: false, problem: null };
    const one = ({ id, key }: Key, status: string) => ({
      ...none,
      prefix: key.slice(0, 15),
      wellFormed: true,
      status,
      id,
      name: 'agent',
    });
    expect(items).toEqual([
      { ...one(live, 'active'), owner: 'ada' },
      { ...none, prefix: replaced.key.slice(0, 15), wellFormed: true, status: 'unknown' },
      one(overlapping, 'overlap'),
      { ...one(fresh, 'active'), id: overlapping.id },
      { ...none, prefix: foreign.slice(0, 15), wellFormed: true, status: 'unknown' },
      { ...none, prefix: live.key.slice(0, 15), wellFormed: false, status: 'no key' },
      { ...none, prefix: null, wellFormed: false, status: 'active', id: 'environment', name: 'MCP_ADMIN_KEY' },
      { ...none, prefix: null, wellFormed: false, status: 'no key' },
    ]);
    expect(keys.filter((key) => key !== 'x' && answer.text.includes(key))).toEqual([]);
    const { body } = await gateway.get(`${LIST}/${live.id}`, admin);
    expect(body).toMatchObject({ useCount: 0, lastUsedAt: null });
  });

  it('and expired say so', async () => {
    const expiresAt = new Date(Date.now() + 300).toISOString();
    const { key } = await create({ expiresAt });
    await expect.poll(() => uses(key)).toBe(401);
    expect(await itemsOf([key])).toMatchObject([{ status: 'expired', revoked: false }]);
    expect(await itemsOf([key], { revoke: true })).toMatchObject([
      { status: 'expired', revoked: false, problem: null },
    ]);
  });

  it('are revoked where that is asked for, and what replaced one stays', async () => {
    const live = await create();
    const overlapping = await create();
    const fresh = await rotate(overlapping.id, 600);
    const found = [live.key, overlapping.key, ADMIN_KEY, generateKey()];
    expect(await itemsOf(found, { revoke: true })).toMatchObject([
      { status: 'active', revoked: true, problem: null },
      { status: 'overlap', revoked: true, problem: null },
      { status: 'active', revoked: false, problem: 'This key is set by MCP_ADMIN_KEY; change it there' },
      { status: 'unknown', revoked: false, problem: null },
    ]);
    expect([await uses(live.key), await uses(overlapping.key), await uses(fresh.key)]).toEqual([401, 401, 200]);
    expect((await gateway.get(`${LIST}/${overlapping.id}`, admin)).body).toMatchObject({ overlapUntil: null });
    expect(await itemsOf([live.key, overlapping.key])).toMatchObject([{ status: 'unknown' }, { status: 'unknown' }]);
  });

  it.each<[body: unknown]>([
    [{ keys: [] }],
    [{ keys: 'x' }],
    [{ keys: [1] }],
    [{ keys: [''] }],
    [{ keys: ['x'.repeat(513)] }],
    [{ keys: Array.from({ length: 101 }, () => 'x') }],
    [{ keys: ['x'], revoke: 'yes' }],
    [{ keys: ['x'], delete: true }],
    [{}],
  ])('are refused as %j', async (body) => {
    expect((await gateway.post(`${LIST}/check`, body, admin)).status).toBe(400);
  });

  it('are an admin’s to ask about', async () => {
    const { key } = await create({ permissions: ['read', 'write', 'execute', 'monitor', 'approve'] });
    expect((await check([key], { revoke: true }, of(key))).status).toBe(403);
    expect((await check([key], {}, {})).status).toBe(403);
    expect(await uses(key)).toBe(200);
  });
});
