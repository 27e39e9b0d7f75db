import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditRetention } from '../libs/core/src/observability/audit/audit-retention.js';
import { asSuperuser } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { rehash } from './rehash.js';
import { StoreSettings } from '../libs/core/src/store/store.settings.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const DAYS = 10;

let gateway: TestGateway;
let replica: string;

beforeAll(async () => {
  gateway = await startGateway({ env: { AUDIT_RETENTION_DAYS: String(DAYS) } });
  replica = ((await call(), await list()).items[0] as { replica: string }).replica;
});
afterAll(() => gateway.close());

const call = () => gateway.post('/api/services/gateway/echo', { message: 'x' });
const list = async () => (await gateway.get('/admin/audit', admin)).body as { items: unknown[] };
const verify = async () => (await gateway.get('/admin/audit/verify', admin)).body as any;
const sql = (text: string) => {
  const { databaseUrl } = gateway.gateway.app.get(StoreSettings, { strict: false });
  return asSuperuser(new URL(databaseUrl!).pathname.slice(1), text);
};

/** Ends a checkpoint, so that the next calls get one of their own. */
async function batches(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await call();
    await call();
    await gateway.restart();
  }
}

describe('what someone changes in the store shows', () => {
  beforeAll(() => batches(4), 60_000);
  beforeEach(async () => {
    await sql('DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept');
    await sql('CREATE TABLE kept.lines AS TABLE audit_lines; CREATE TABLE kept.checkpoints AS TABLE audit_checkpoints');
    return async () => {
      await sql('TRUNCATE audit_lines, audit_checkpoints');
      await sql('INSERT INTO audit_lines TABLE kept.lines; INSERT INTO audit_checkpoints TABLE kept.checkpoints');
      expect(await verify()).toMatchObject({ valid: true });
    };
  });

  it('nothing, at first', async () => {
    const { valid, checked, chains, firstBad } = await verify();
    expect([valid, chains, firstBad]).toEqual([true, 1, undefined]);
    expect(checked).toBeGreaterThan(8);
  });

  const changed = 'the line is not what was written';
  const cases: [what: string, statement: string, seq: number | 'last', reason: string][] = [
    ['an outcome', `UPDATE audit_lines SET outcome = 'error' WHERE seq = 3`, 3, changed],
    ['arguments', `UPDATE audit_lines SET arguments = '{"message":"y"}' WHERE seq = 4`, 4, changed],
    ['arguments that are no JSON', `UPDATE audit_lines SET arguments = '{' WHERE seq = 4`, 4, changed],
    ['a time', `UPDATE audit_lines SET time = time + interval '1 ms' WHERE seq = 2`, 2, changed],
    ['a time without end', `UPDATE audit_lines SET time = 'infinity' WHERE seq = 2`, 2, changed],
    ['a caller', `UPDATE audit_lines SET caller = 'someone' WHERE seq = 1`, 1, changed],
    ['a team', `UPDATE audit_lines SET team = 'red' WHERE seq = 5`, 5, changed],
    ['a duration', `UPDATE audit_lines SET duration_ms = duration_ms + 1 WHERE seq = 5`, 5, changed],
    ['a hash', `UPDATE audit_lines SET hash = repeat('a', 64) WHERE seq = 6`, 6, changed],
    [
      'two lines that change places',
      `UPDATE audit_lines SET seq = -seq WHERE seq IN (3, 4); UPDATE audit_lines SET seq = 7 + seq WHERE seq < 0`,
      3,
      changed,
    ],
    ['a line that is gone', 'DELETE FROM audit_lines WHERE seq = 3', 3, 'a line is missing'],
    ['the first line', 'DELETE FROM audit_lines WHERE seq = 1', 1, 'a line is missing'],
    [
      'the last line',
      'DELETE FROM audit_lines WHERE seq = (SELECT max(seq) FROM audit_lines)',
      'last',
      'the lines from here on are missing',
    ],
    ['all lines', 'DELETE FROM audit_lines', 1, 'the lines from here on are missing'],
    ['everything', 'DELETE FROM audit_lines; DELETE FROM audit_checkpoints', 1, 'the lines from here on are missing'],
    [
      'the end, with its checkpoints',
      'DELETE FROM audit_lines WHERE seq > 4; DELETE FROM audit_checkpoints WHERE seq > 4',
      5,
      'the lines from here on are missing',
    ],
    ['a checkpoint', 'DELETE FROM audit_checkpoints WHERE number = 2', 7, 'a checkpoint before this one is missing'],
    [
      'the last checkpoint',
      'DELETE FROM audit_checkpoints WHERE number = (SELECT max(number) FROM audit_checkpoints)',
      8,
      'the checkpoint that covers this line is missing',
    ],
    [
      'a checkpoint’s hash',
      `UPDATE audit_checkpoints SET hash = repeat('a', 64) WHERE number = 2`,
      5,
      'a checkpoint’s signature is wrong',
    ],
    [
      'a checkpoint’s signature',
      `UPDATE audit_checkpoints SET signature = repeat('a', 64) WHERE number = 1`,
      3,
      'a checkpoint’s signature is wrong',
    ],
    [
      'a checkpoint of another key',
      `UPDATE audit_checkpoints SET key_id = 'other' WHERE number = 1`,
      3,
      'a checkpoint was signed with a key that this gateway does not have',
    ],
  ];
  it.each(cases)('%s', async (_what, statement, seq, reason) => {
    const { checked } = await verify();
    await sql(statement);
    const verdict = await verify();
    expect(verdict).toMatchObject({ valid: false, chains: 1, firstBad: { replica, reason } });
    expect(verdict.firstBad.seq).toBe(seq === 'last' ? checked : seq);
    if (reason === changed) expect(verdict.firstBad.id).toBe(`${replica}-${verdict.firstBad.seq}`);
  });

  it('a line that was changed and hashed again with all that come after it', async () => {
    await rehash(sql, replica, 4);
    expect((await verify()).firstBad).toEqual({
      replica,
      seq: 5,
      id: `${replica}-5`,
      reason: 'the line is not what its checkpoint says',
    });
  });
});

describe('the retention', () => {
  const prune = () => gateway.gateway.app.get(AuditRetention, { strict: false }).run();

  /** Old lines as they would have been written: an own gateway, whose clock is behind. */
  it('deletes what is too old from each chain’s beginning, and the rest still verifies', async () => {
    const own = await startGateway({ env: { AUDIT_RETENTION_DAYS: '1' } });
    const real = Date.prototype.toISOString;
    try {
      const ago = (days: number) => {
        Date.prototype.toISOString = function () {
          return real.call(new Date(this.getTime() - days * 86_400_000));
        };
      };
      const echo = () => own.post('/api/services/gateway/echo', { message: 'x' });
      ago(3);
      for (let n = 0; n < 3; n += 1) await echo();
      Date.prototype.toISOString = real;
      await own.restart();
      for (let n = 0; n < 2; n += 1) await echo();
      const ask = async (path: string) => (await own.get(path, admin)).body as any;
      await ask('/admin/audit/verify');
      const retention = () => own.gateway.app.get(AuditRetention, { strict: false }).run();
      await retention();
      expect(await ask('/admin/audit/verify')).toEqual({ valid: true, checked: 2, chains: 1 });
      expect((await ask('/admin/audit')).items.map((item: any) => item.seq)).toEqual([5, 4]);

      ago(2);
      await echo(); // older than those before it: it goes when they do
      Date.prototype.toISOString = real;
      await retention();
      expect(await ask('/admin/audit/verify')).toEqual({ valid: true, checked: 3, chains: 1 });

      const { databaseUrl } = own.gateway.app.get(StoreSettings, { strict: false });
      const database = new URL(databaseUrl!).pathname.slice(1);
      await asSuperuser(database, `DELETE FROM audit_checkpoints WHERE kind = 'cut'`);
      expect(await ask('/admin/audit/verify')).toMatchObject({ valid: false, firstBad: { seq: 1 } });
    } finally {
      Date.prototype.toISOString = real;
      await own.close();
    }
  });

  it('leaves young lines alone', async () => {
    const { checked } = await verify();
    await prune();
    expect(await verify()).toMatchObject({ valid: true, checked });
  });

  it('of a chain of which nothing is left goes on where it was', async () => {
    const own = await startGateway({ env: { AUDIT_RETENTION_DAYS: '1' } });
    try {
      const echo = () => own.post('/api/services/gateway/echo', { message: 'x' });
      const ask = async (path: string) => (await own.get(path, admin)).body as any;
      await echo();
      await ask('/admin/audit/verify');
      const retention = own.gateway.app.get(AuditRetention, { strict: false });
      const now = Date.now;
      Date.now = () => now() + 5 * 86_400_000;
      await retention.run().finally(() => (Date.now = now));
      expect(await ask('/admin/audit/verify')).toEqual({ valid: true, checked: 0, chains: 1 });
      await echo();
      expect(await ask('/admin/audit/verify')).toEqual({ valid: true, checked: 1, chains: 1 });
      await own.restart();
      await echo();
      expect(await ask('/admin/audit/verify')).toEqual({ valid: true, checked: 2, chains: 1 });
    } finally {
      await own.close();
    }
  });
});
