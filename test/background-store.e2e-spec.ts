import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { services } from '#libs/services';
import { Store } from '#libs/core';
import { TurnRows } from '../libs/core/src/execution/background/turn-rows.js';
import { vault, VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
let turns: TurnRows;
let agent: Record<string, string>;

// nothing runs by itself: the tests take the calls
beforeAll(async () => {
  gateway = await startGateway({
    env: { MCP_BACKGROUND_PLACES: '0', MCP_APPROVALS_REQUIRE: '', MCP_APPROVALS_WAIT_MS: '0' },
    services: [...services, VaultModule],
  });
  turns = gateway.gateway.app.get(TurnRows);
}, 60_000);
afterAll(() => gateway.close());
beforeEach(async () => {
  vault.reset();
  agent = await newKey();
  await sql('DELETE FROM background_calls');
});

async function newKey(): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'agent', permissions: ['read', 'write'] }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

const sql = <T = unknown>(statement: string, values: unknown[] = []): Promise<T[]> =>
  gateway.gateway.app.get(Store).run((manager) => manager.query<T[]>(statement, values));
const config = async (values: object) => expect((await gateway.post('/config', values, admin)).status).toBe(200);

async function ask(operation: string, input: object, as = agent): Promise<any> {
  const { status, body } = await gateway.post(`/api/services/gateway/${operation}`, input, as);
  if (status !== 200) return { status, ...(body as { error: object }).error };
  return (body as { data: object }).data;
}
const start = (input: object, as = agent) => ask('start_call', { name: 'vault_open', arguments: input }, as);
const outcome = (ticket: string) => ask('call_outcome', { ticket, waitMs: 0 });

/** Has a call answer something, as a gateway does that runs it. */
async function answered(json: string): Promise<string> {
  const { ticket } = await start({ door: json.slice(0, 20) });
  const taken = (await turns.take([]))!;
  const metadata = { executionTime: 1, tokensUsed: 1, requestId: 'r1' };
  await turns.finish(taken, 'done', { result: { json, bytes: json.length, isToolResult: false, metadata } });
  return ticket as string;
}

describe('a call that is open already', () => {
  it('is known again by its digest, whatever the order of its members, and no other is taken for it', async () => {
    const how = { how: { slowly: true }, door: 'a' };
    const { ticket } = await start(how);
    // what is sealed need not be opened for it
    await sql(`UPDATE background_calls SET sealed_call = ''`);
    expect((await start({ door: 'a', how: { slowly: true } })).ticket).toBe(ticket);
    const others = [{ door: 'a' }, { door: 'b', how: { slowly: true } }, { door: 'a', how: { slowly: false } }];
    for (const other of others) expect((await start(other)).ticket).not.toBe(ticket);
    expect((await start(how, await newKey())).ticket).not.toBe(ticket);
    const [counted] = await sql(
      'SELECT count(*)::int AS calls, count(DISTINCT call_digest)::int AS digests FROM background_calls',
    );
    expect(counted).toEqual({ calls: 5, digests: 5 });
  });

  it('is found over an index', async () => {
    await start({ door: 'indexed' });
    const found = await gateway.gateway.app.get(Store).run((manager) =>
      manager.transaction(async (one) => {
        await one.query('SET LOCAL enable_seqscan = off');
        return one.query<{ 'QUERY PLAN': string }[]>(
          `EXPLAIN SELECT * FROM background_calls call WHERE call_digest IN ('x') AND state IN ('waiting', 'running')`,
        );
      }),
    );
    expect(found.map((line) => line['QUERY PLAN']).join('\n')).toContain('background_calls_alike');
  });
});

describe('what is kept of one caller’s calls', () => {
  it('has its limit, which no outcome is given up for before its time', async () => {
    await config({ 'background.keptBytes': 40_000 });
    const big = await answered(JSON.stringify('a'.repeat(20_000)));
    const refused = await start({ door: 'x'.repeat(10_000) });
    expect(refused).toMatchObject({ status: 429, kind: 'limited' });
    expect(refused.message).toMatch(
      /take \d+ KiB of the store, of 39 KiB .*\(MCP_BACKGROUND_KEPT_BYTES\).* the first in 1440 minutes: wait until then/,
    );
    expect(refused.details.retryAfterMs).toBeGreaterThan(86_000_000);
    expect(await outcome(big)).toHaveProperty('result', 'a'.repeat(20_000));
    expect(await start({ door: 'x'.repeat(10_000) }, await newKey())).toMatchObject({ state: 'waiting' });

    await sql('UPDATE background_calls SET expires_at = now() WHERE id = $1', [big]);
    expect(await start({ door: 'x'.repeat(10_000) })).toMatchObject({ state: 'waiting' });
    expect(await outcome(big)).toMatchObject({ status: 404, kind: 'unknown' });
    await config({ 'background.keptBytes': null });
  });

  it('counts what is open too, which it is then told to cancel', async () => {
    await config({ 'background.keptBytes': 100_000 });
    await start({ door: 'x'.repeat(50_000) });
    expect((await start({ door: 'y'.repeat(50_000) })).message).toMatch(/Cancel some that wait with cancel_call/);
    await config({ 'background.keptBytes': 0 });
    expect(await start({ door: 'y'.repeat(50_000) })).toMatchObject({ state: 'waiting' });
    await config({ 'background.keptBytes': null });
  });
});
