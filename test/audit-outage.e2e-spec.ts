import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditTrail } from '#libs/core';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const SOON = { timeout: 10_000, interval: 50 };

let database: TestDatabase;
let relay: Relay;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  relay = await Relay.to(database.url);
  gateway = await startGateway({ env: { DATABASE_URL: relay.url } });
});
afterAll(async () => {
  await gateway.close();
  await relay.cut();
  await database.drop();
});

const echo = async (requestId: string) =>
  (await gateway.post('/api/services/gateway/echo', { message: 'x' }, { 'x-request-id': requestId })).status;
const ask = (path: string) => gateway.get(path, admin);
const trail = () => gateway.gateway.app.get(AuditTrail, { strict: false });
const recorded = async (prefix: string) => {
  const { text } = await ask('/admin/audit/export');
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
  return ids.filter((id) => id.startsWith(prefix)).reverse();
};
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

describe('while the store is away', () => {
  it('calls are answered and recorded, the audit says why it can’t be read, and then nothing is missing', async () => {
    await relay.cut();
    for (const id of names('away', 700)) expect(await echo(id)).toBe(200);
    for (const path of ['/admin/audit', '/admin/audit/verify', '/admin/audit/export', '/admin/usage']) {
      const { status, body } = await ask(path);
      expect([path, status, (body as any).error]).toEqual([
        path,
        502,
        expect.objectContaining({
          kind: 'unavailable',
          message: expect.stringMatching(/^The store can't be reached: .*[Tt]ry again soon/),
          details: { retryable: true, retryAfterMs: 1_000 },
        }),
      ]);
    }
    const mine = await gateway.post('/api/services/gateway/my-calls', {});
    expect([mine.status, (mine.body as any).error.kind]).toEqual([502, 'unavailable']);
    expect(trail().lagSeconds).toBeGreaterThan(0);
    const ready = await ask('/ready');
    expect([ready.status, (ready.body as any).details.store]).toEqual([
      200,
      { status: 'up', state: 'down', reason: expect.any(String) },
    ]);

    await relay.mend();
    await vi.waitFor(async () => expect((await ask('/admin/audit?limit=1')).status).toBe(200), SOON);
    expect(await recorded('away')).toEqual(names('away', 700));
    expect((await ask('/admin/audit/verify')).body).toMatchObject({ valid: true });
    await vi.waitFor(() => expect(trail().lagSeconds).toBe(0), SOON);
  });

  it('a restart keeps what waits', async () => {
    await relay.cut();
    for (const id of names('kept', 5)) expect(await echo(id)).toBe(200);
    await gateway.restart();
    for (const id of names('later', 5)) expect(await echo(id)).toBe(200);
    await relay.mend();
    await vi.waitFor(async () => expect((await ask('/admin/audit?limit=1')).status).toBe(200), SOON);
    expect([await recorded('kept'), await recorded('later')]).toEqual([names('kept', 5), names('later', 5)]);
    expect((await ask('/admin/audit/verify')).body).toMatchObject({ valid: true, chains: 1 });
  });
});

it('a store that refuses writes says so, is read all the same, and gets what waits when it takes it', async () => {
  const setReadOnly = async (isSo: boolean) => {
    await asSuperuser('postgres', `ALTER DATABASE ${database.name} SET default_transaction_read_only = ${isSo}`);
    // for connections that are opened from now on
    await relay.cut();
    await relay.mend();
  };
  const storeState = async () => ((await ask('/ready')).body as any).details.store;
  await echo('before');
  expect(await recorded('before')).toEqual(['before']);
  await setReadOnly(true);
  await vi.waitFor(async () => expect((await storeState()).state).toBe('refusing writes'), SOON);
  for (const id of names('refused', 5)) expect(await echo(id)).toBe(200);

  expect((await ask('/ready')).status).toBe(200);
  expect((await storeState()).reason).toMatch(/^it is read-only; /);
  expect(await recorded('before')).toEqual(['before']);
  const mine = await gateway.post('/api/services/gateway/my-calls', {});
  expect(mine.status).toBe(200);
  for (const change of [
    gateway.post('/admin/api-keys', { name: 'refused', permissions: ['read'] }, admin),
    gateway.post('/config', { 'alerts.memoryPercent': 91 }, admin),
  ]) {
    const { status, body } = await change;
    expect([status, (body as any).error]).toEqual([
      502,
      expect.objectContaining({ kind: 'unavailable', message: expect.stringMatching(/^The store refuses writes: /) }),
    ]);
  }

  await setReadOnly(false);
  await vi.waitFor(async () => expect((await storeState()).state).toBe('ready'), { timeout: 25_000, interval: 50 });
  await vi.waitFor(async () => expect(await recorded('refused')).toEqual(names('refused', 5)), SOON);
  expect((await ask('/admin/audit/verify')).body).toMatchObject({ valid: true });
});

it('a connection that breaks in the middle of a batch doubles nothing', async () => {
  for (let round = 0; round < 5; round += 1) {
    const calls = names(`cut${round}`, 40).map(echo);
    await Promise.all(calls.slice(0, 20));
    const shipping = ask('/admin/audit?limit=1');
    await relay.cut();
    await relay.mend();
    await Promise.all([...calls, shipping]);
  }
  await vi.waitFor(async () => expect((await ask('/admin/audit?limit=1')).status).toBe(200), SOON);
  for (let round = 0; round < 5; round += 1) {
    expect((await recorded(`cut${round}`)).sort()).toEqual(names(`cut${round}`, 40).sort());
  }
  expect((await ask('/admin/audit/verify')).body).toMatchObject({ valid: true });
});

it('a data directory from a backup begins a new chain, and loses no line', async () => {
  const backup = mkdtempSync(join(tmpdir(), 'backup-'));
  try {
    await ask('/admin/audit?limit=1');
    cpSync(join(gateway.directory, 'audit'), backup, { recursive: true });
    for (const id of names('old', 3)) await echo(id);
    await ask('/admin/audit?limit=1');
    await gateway.restart();
    // the gateway is stopped between these two: what a restore does
    const { gateway: running } = gateway;
    await running.stop();
    rmSync(join(gateway.directory, 'audit'), { recursive: true });
    cpSync(backup, join(gateway.directory, 'audit'), { recursive: true });
    await gateway.restart();
    for (const id of names('new', 6)) await echo(id);
    expect([await recorded('old'), await recorded('new')]).toEqual([names('old', 3), names('new', 6)]);
    await echo('new-last');
    expect((await ask('/admin/audit/verify')).body).toMatchObject({ valid: true, chains: 2 });
    expect(await recorded('new-last')).toEqual(['new-last']);
  } finally {
    rmSync(backup, { recursive: true, force: true });
  }
});
