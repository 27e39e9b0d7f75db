import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '#libs/core';
import { OperationError } from '#libs/kit';
import { Breakers } from '#libs/outbound';
import { services } from '#libs/services';
import { ApiKeys } from '../libs/core/src/access/api-keys.js';
import { KeptCallers } from '../libs/core/src/access/kept-callers.js';
import type { TakenCall } from '../libs/core/src/execution/background/background-call.js';
import { BackgroundRows } from '../libs/core/src/execution/background/background-rows.js';
import { RunningCall } from '../libs/core/src/execution/background/running-call.js';
import { TurnRows } from '../libs/core/src/execution/background/turn-rows.js';
import { OperationExecutor } from '../libs/core/src/execution/operation-executor.js';
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
  await sql('DELETE FROM approvals');
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
async function answered(json: string, marks = {}): Promise<string> {
  const { ticket } = await start({ door: json.slice(0, 20) });
  const taken = (await turns.take([]))!;
  const metadata = { executionTime: 1, tokensUsed: 1, requestId: 'r1', ...marks };
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

it('ends with the overlap of the key that has started it, and not before', async () => {
  const { app } = gateway.gateway;
  const key = { name: 'old', permissions: ['read', 'write'] };
  const { id, key: old } = (await gateway.post('/admin/api-keys', key, admin)).body as { id: string; key: string };
  const rotated = await gateway.post(`/admin/api-keys/${id}/rotate`, { overlapSeconds: 600 }, admin);
  const next = (rotated.body as { key: string }).key;
  await start({ door: 'old' }, { 'x-mcp-key': old });
  await start({ door: 'new' }, { 'x-mcp-key': next });
  const taken = [await turns.take([]), await turns.take([])];
  const standing = () =>
    taken.map((each) => {
      try {
        return app.get(KeptCallers).now(each!.call!.caller, true).id === id;
      } catch (error) {
        return (error as OperationError).kind;
      }
    });
  expect(standing()).toEqual([true, true]);
  await app.get(ApiKeys).endOverlap(id);
  expect(standing()).toEqual(['unauthenticated', true]);
});

it('tells of an outcome what guardrails have changed in it', async () => {
  const ticket = await answered('"a"', { guarded: ['secrets'] });
  const { body } = await gateway.post('/api/services/gateway/call_outcome', { ticket }, agent);
  expect(body).toMatchObject({ data: { result: 'a' }, metadata: { guarded: ['secrets'] } });
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

describe('a call that a person has approved', () => {
  beforeAll(() => config({ 'approvals.require': 'vault.open' }));
  afterAll(() => config({ 'approvals.require': null }));

  /** Runs it as a gateway does that has taken it. */
  function run(taken: TakenCall, rows = turns) {
    const { app } = gateway.gateway;
    const call = new RunningCall(taken, rows, 10_000);
    const kept = taken.call!;
    const input = { ...kept.arguments, ...(taken.approval !== undefined && { ticket: taken.approval }) };
    const origin = call.originFor(app.get(KeptCallers).now(kept.caller, false), kept);
    return { call, ending: app.get(OperationExecutor).execute(taken.operation, input, origin) };
  }

  /** A call whose approval is given, and which a gateway has taken since. */
  async function approvedAndTaken(door: string): Promise<{ ticket: string; approval: string; taken: TakenCall }> {
    const { ticket } = await start({ door });
    const asking = (await turns.take([]))!;
    const { details } = (await run(asking).ending.catch((error: unknown) => error)) as OperationError;
    const approval = details.ticket as string;
    await turns.giveBack(asking, 0, approval);
    expect(await turns.take([])).toBeUndefined();
    await approve(approval);
    return { ticket, approval, taken: (await turns.take([]))! };
  }

  const approve = async (id: string) =>
    expect((await gateway.post(`/admin/approvals/${id}`, { decision: 'approve' }, admin)).status).toBe(200);
  const stateOf = async (id: string) =>
    ((await gateway.get(`/admin/approvals/${id}`, admin)).body as { state: string }).state;
  const open = (door: string, ticket?: string) => gateway.post('/api/services/vault/open', { door, ticket }, agent);

  it('uses its approval in the moment in which it begins, and then is nobody’s to go on with', async () => {
    const { ticket, approval, taken } = await approvedAndTaken('a');
    const { call, ending } = run(taken);
    expect(await ending).toMatchObject({ json: '{"opened":"a"}' });
    expect([await stateOf(approval), call.canMove]).toEqual(['done', false]);
    const [row] = await sql('SELECT began, approval FROM background_calls WHERE id = $1', [ticket]);
    expect(row).toEqual({ began: true, approval });
  });

  it('has its approval in its row also where that was given before it was started', async () => {
    const { details } = ((await open('early')).body as { error: { details: { ticket: string } } }).error;
    await approve(details.ticket);
    const { ticket } = await start({ door: 'early' });
    const { call, ending } = run((await turns.take([]))!);
    await ending;
    expect(call.canMove).toBe(false);
    const [row] = await sql('SELECT approval FROM background_calls WHERE id = $1', [ticket]);
    expect(row).toEqual({ approval: details.ticket });
  });

  it('leaves its approval as it is where it may not begin', async () => {
    const { ticket, approval, taken } = await approvedAndTaken('b');
    await ask('cancel_call', { ticket });
    await expect(run(taken).ending).rejects.toThrow(/was cancelled, or belongs to another gateway/);
    expect([await stateOf(approval), vault.ran]).toEqual(['approved', []]);
    expect((await open('b', approval)).status).toBe(200);
    expect(vault.ran).toEqual(['b']);
  });

  it('gives its approval back where it was stopped after it could begin and before it ran', async () => {
    const { approval, taken } = await approvedAndTaken('c');
    const stopping = Object.create(turns, {
      beginApproved: {
        value: async (...given: Parameters<TurnRows['beginApproved']>) => {
          const begun = await turns.beginApproved(...given);
          queueMicrotask(() => call.stop('cancelled'));
          return begun;
        },
      },
    }) as TurnRows;
    const { call, ending } = run(taken, stopping);
    await expect(ending).rejects.toThrow('The call was cancelled by its caller');
    expect([await stateOf(approval), vault.ran, call.canMove]).toEqual(['approved', [], true]);
    const [row] = await sql('SELECT began FROM background_calls WHERE id = $1', [taken.id]);
    expect(row).toEqual({ began: false });
  });

  it('has used nothing up where it ended while it waited for its back end, and does not run afterwards', async () => {
    const { approval, taken } = await approvedAndTaken('g');
    vault.backEnd = 'the vault';
    vi.useFakeTimers({ toFake: ['Date'] });
    const breakers = gateway.gateway.app.get(Breakers);
    const away = () => Promise.reject(new OperationError('unavailable', 'Nobody is there'));
    for (let left = 5; left > 0; left -= 1) await breakers.run('the vault', away).catch(() => undefined);
    await expect(open('g', approval)).resolves.toMatchObject({ status: 502 });
    expect(await stateOf(approval)).toBe('approved');
    const refused = run(taken);
    await expect(refused.ending).rejects.toMatchObject({ kind: 'unavailable' });
    // so that it waits until its back end is there again
    expect([await stateOf(approval), refused.call.hasBegunHere]).toEqual(['approved', false]);

    vi.setSystemTime(Date.now() + 2_000);
    let release: () => void = () => undefined;
    const trial = breakers.run('the vault', () => new Promise<void>((resolve) => (release = resolve)));
    vi.useRealTimers();
    const { call, ending } = run(taken);
    await expect.poll(() => stateOf(approval)).toBe('running');
    call.stop('cancelled');
    await expect(ending).rejects.toThrow('The call was cancelled by its caller');
    release();
    await trial;
    await new Promise(setImmediate);
    expect([await stateOf(approval), vault.ran]).toEqual(['approved', []]);
  });

  it('gets its approval back where nobody heard that it could begin, and that of nobody else', async () => {
    const { approval, taken } = await approvedAndTaken('d');
    const cut = Object.create(turns, {
      beginApproved: {
        value: async (...given: Parameters<TurnRows['beginApproved']>) => {
          await turns.beginApproved(...given);
          throw new OperationError('unavailable', 'The store can’t be reached');
        },
      },
    }) as TurnRows;
    const { call, ending } = run(taken, cut);
    await expect(ending).rejects.toThrow('The store can’t be reached');
    expect([await stateOf(approval), call.isUnsure]).toEqual(['running', true]);
    await turns.unbegin(taken);
    expect(await stateOf(approval)).toBe('approved');
    await sql(`UPDATE approvals SET state = 'running'`);
    await turns.unbegin(taken);
    expect(await stateOf(approval)).toBe('running');
  });

  it('waits while whoever came with its ticket runs it, and it runs once', async () => {
    const { approval, taken } = await approvedAndTaken('e');
    let release: () => void = () => undefined;
    vault.hold = new Promise((resolve) => (release = resolve));
    const direct = open('e', approval);
    await expect.poll(() => stateOf(approval)).toBe('running');
    await expect(run(taken).ending).rejects.toMatchObject({ kind: 'not-approved', details: { state: 'running' } });
    release();
    expect((await direct).status).toBe(200);
    expect(await run(taken).ending).toMatchObject({ json: '{"opened":"e"}' });
    expect(vault.ran).toEqual(['e']);
  });

  it.each([
    ['waits for one that still runs elsewhere, also where its ticket has expired', '1 minute', 0],
    ['waits no longer for one that is lost', '-1 second', 1],
  ])('%s', async (_what, runsFor, count) => {
    const { approval, taken } = await approvedAndTaken('f');
    await turns.giveBack(taken, 0, approval);
    await sql(
      `UPDATE approvals SET state = 'running', runs_until = now() + $1::interval,
         expires_at = now() + CASE WHEN $2 THEN interval '1 day' ELSE interval '-1 day' END`,
      [runsFor, count > 0],
    );
    const { waiting, oldestSeconds } = await gateway.gateway.app.get(BackgroundRows).depth();
    expect([waiting, oldestSeconds > 0]).toEqual([1, count > 0]);
    expect((await turns.take([])) ? 1 : 0).toBe(count);
  });
});
