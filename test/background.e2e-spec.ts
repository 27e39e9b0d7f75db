import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Module } from '@nestjs/common';
import { CallsInFlight, Store } from '#libs/core';
import { OperationExecutor } from '../libs/core/src/execution/operation-executor.js';
import { McpService, Operation, OperationError, type BackgroundReport, type OperationContext } from '#libs/kit';
import { services } from '#libs/services';
import { eventually, startReplicas, type Replicas } from './replicas.js';
import { ADMIN_KEY, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const nothing = z.object({});
const name = z.object({ name: z.string() });

/** What each run waits for, by the name that its call gave. */
const gates = new Map<string, (failed?: Error) => void>();
const runs: { name: string; resumedFrom: unknown }[] = [];

function held(input: { name: string }, { signal, resumedFrom }: OperationContext): Promise<{ name: string }> {
  runs.push({ name: input.name, resumedFrom });
  return new Promise((resolve, reject) => {
    gates.set(input.name, (failed) => (failed ? reject(failed) : resolve(input)));
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

@McpService({
  name: 'work',
  version: '1.0.0',
  description: 'Work that takes as long as the test wants',
  location: 'server',
})
class WorkService {
  @Operation({
    name: 'once',
    description: 'Does something that must not be done twice.',
    input: name,
    output: name,
    permission: 'write',
  })
  once(input: { name: string }, context: OperationContext) {
    return held(input, context);
  }

  @Operation({
    name: 'resumed',
    description: 'Does something step by step.',
    input: name,
    output: name,
    permission: 'write',
  })
  async resumed(input: { name: string }, context: OperationContext) {
    context.progress(1, 2, `The first step of ${input.name} is done`);
    await context.checkpoint?.({ step: 1 });
    return held(input, context);
  }

  @Operation({
    name: 'rows',
    description: 'Answers more than an answer may hold.',
    input: nothing,
    output: z.object({ rows: z.array(z.object({ n: z.int(), text: z.string() })) }),
    permission: 'read',
    annotations: { readOnly: true },
  })
  rows() {
    return { rows: Array.from({ length: 5_000 }, (_, n) => ({ n, text: `row number ${n}` })) };
  }
}

@Module({ providers: [WorkService] })
class WorkModule {}

let replicas: Replicas;
let one: TestGateway;
let two: TestGateway;
let agent: Record<string, string>;

beforeAll(async () => {
  replicas = await startReplicas({
    services: [...services, WorkModule],
    env: { MCP_BACKGROUND_LEASE_MS: '1500', MCP_APPROVALS_REQUIRE: '' },
  });
  [one, two] = replicas.all as [TestGateway, TestGateway];
  agent = await newKey(['read', 'write']);
}, 60_000);
afterAll(() => replicas.close());

async function newKey(permissions: string[], more = {}): Promise<Record<string, string> & { id: string }> {
  const { body } = await one.post('/admin/api-keys', { name: `agent-${Math.random()}`, permissions, ...more }, admin);
  const { key, id } = body as { key: string; id: string };
  await eventually(
    () => two.get('/mcp/catalog', { 'x-mcp-key': key }),
    ({ status }) => status === 200,
  );
  return Object.defineProperty({ 'x-mcp-key': key }, 'id', { value: id }) as never;
}

async function ask(gateway: TestGateway, operation: string, input: object, as = agent): Promise<any> {
  const { status, body } = await gateway.post(`/api/services/gateway/${operation}`, input, as);
  if (status !== 200) return { status, ...(body as { error: object }).error };
  return (body as { data: BackgroundReport }).data;
}

/** What the store keeps of a call besides its outcome. */
async function keptOf(ticket: string): Promise<unknown> {
  const [row] = await one.gateway.app
    .get(Store)
    .run((manager) =>
      manager.query<unknown[]>('SELECT sealed_call, sealed_checkpoint FROM background_calls WHERE id = $1', [ticket]),
    );
  return row;
}

const start = (tool: string, input: object, as = agent) => ask(one, 'start_call', { name: tool, arguments: input }, as);
const outcome = (ticket: string, waitMs = 20_000, as = agent) => ask(two, 'call_outcome', { ticket, waitMs }, as);
const began = (what: string, times = 1) =>
  eventually(
    () => runs.filter((run) => run.name === what).length,
    (count) => count === times,
  );

describe('a call in the background', () => {
  it('answers its ticket at once, and its outcome to whoever started it, at any replica', async () => {
    const { ticket, ...report } = await start('work_once', { name: 'first' });
    expect(ticket).toMatch(/^bgr_[0-9a-f]{32}$/);
    expect(report).toMatchObject({ operation: 'work.once', state: 'waiting' });
    await began('first');
    expect(await outcome(ticket, 0)).toMatchObject({ ticket, state: 'running' });
    const waiting = outcome(ticket);
    gates.get('first')!();
    expect(await waiting).toMatchObject({ ticket, state: 'done', result: { name: 'first' } });
    expect(await outcome(ticket)).toMatchObject({ state: 'done', result: { name: 'first' } });
    expect(await keptOf(ticket)).toEqual({ sealed_call: '', sealed_checkpoint: null });
    const stranger = await newKey(['*']);
    expect(await outcome(ticket, 0, stranger)).toMatchObject({ status: 404, kind: 'unknown' });
    expect(await ask(two, 'cancel_call', { ticket }, stranger)).toMatchObject({ status: 404, kind: 'unknown' });
  });

  it('runs at once where its gateway’s clock is ahead of the store’s', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const started = start('work_once', { name: 'ahead' }).finally(() => vi.useRealTimers());
    await began('ahead');
    gates.get('ahead')!();
    expect(await outcome((await started).ticket)).toMatchObject({ state: 'done' });
  });

  it('leaves two lines in the audit: that it was started, and how it ended', async () => {
    const { ticket } = await start('work_once', { name: 'audited' });
    await began('audited');
    gates.get('audited')!(new OperationError('failed', 'The machine is out of order'));
    expect(await outcome(ticket)).toMatchObject({
      state: 'failed',
      error: { kind: 'failed', message: 'The machine is out of order' },
    });
    const written = async () => {
      const { body } = await one.get('/admin/audit?limit=100', admin);
      const { items } = body as { items: any[] };
      return items.filter(({ arguments: given }) => JSON.stringify(given).includes('audited'));
    };
    // the other replica may have run it
    const lines = await eventually(written, ({ length }) => length === 2);
    const told = lines.map(({ operation, outcome: end, door }) => ({ operation, end, door }));
    expect(told).toEqual(
      expect.arrayContaining([
        { operation: 'start_call', end: 'ok', door: 'rest' },
        { operation: 'once', end: 'error', door: 'rest' },
      ]),
    );
    expect(lines[0].requestId).toBe(lines[1].requestId);
  });

  it('is not made twice while it is open, whoever’s answer was lost', async () => {
    const { ticket } = await start('work_once', { name: 'again' });
    await began('again');
    expect((await start('work_once', { name: 'again' })).ticket).toBe(ticket);
    gates.get('again')!();
    await outcome(ticket);
    const next = await start('work_once', { name: 'again' });
    expect(next.ticket).not.toBe(ticket);
    await began('again', 2);
    gates.get('again')!();
    await outcome(next.ticket);
  });

  it('answers no more than an answer may hold, and keeps the rest', async () => {
    const { ticket } = await start('work_rows', {});
    const { state, result, truncated } = await outcome(ticket);
    expect({ state, truncated }).toMatchObject({ state: 'done', truncated: { total: 5_000, unit: 'rows' } });
    expect(result.rows).toHaveLength(truncated.shown);
    const rest = await ask(two, 'read_result', { id: truncated.resultId, offset: 4_999 });
    expect(rest.items).toEqual([{ n: 4_999, text: 'row number 4999' }]);
  });

  it('answers no more than whoever asks for its outcome wants', async () => {
    const { ticket } = await start('work_rows', {});
    await outcome(ticket);
    const wanted = { ...agent, 'x-result-tokens': '1000' };
    const { body } = await two.post('/api/services/gateway/call_outcome', { ticket }, wanted);
    expect(body).toMatchObject({ data: { state: 'done' }, metadata: { truncated: { resultId: expect.any(String) } } });
    expect((body as { metadata: { tokensUsed: number } }).metadata.tokensUsed).toBeLessThanOrEqual(1_000);
  });

  it.each([
    ['a tool that is not there', 'no_such_tool', {}, { status: 404, kind: 'unknown' }],
    ['arguments that the tool does not take', 'work_once', { nam: 1 }, { status: 400, kind: 'invalid' }],
    ['a tool that only passes calls on', 'call_tool', { name: 'gateway_echo' }, { status: 400, kind: 'invalid' }],
  ])('is refused at once for %s', async (_what, tool, input, refusal) => {
    expect(await start(tool, input)).toMatchObject(refusal);
  });

  it('is refused at once to a caller who may not make it', async () => {
    const reader = await newKey(['read']);
    expect(await start('work_once', { name: 'x' }, reader)).toMatchObject({
      status: 403,
      details: { permission: 'write' },
    });
  });
});

describe('what it tells of its progress', () => {
  it('reaches whoever asks and ends no run, whatever characters it has', async () => {
    const odd = { name: 'a program that says \0 and \ud83d' };
    const { ticket } = await start('work_resumed', odd);
    const { progress } = await eventually(
      () => outcome(ticket, 0),
      (report) => report.progress !== undefined,
    );
    expect(progress).toEqual({ progress: 1, total: 2, message: `The first step of ${odd.name} is done` });
    gates.get(odd.name)!();
    expect(await outcome(ticket)).toMatchObject({ state: 'done', result: odd });
    expect(runs.filter((run) => run.name === odd.name)).toHaveLength(1);
  });
});

describe('its end', () => {
  it('comes by cancel_call, at whichever replica it runs', async () => {
    const { ticket } = await start('work_once', { name: 'unwanted' });
    await began('unwanted');
    await ask(two, 'cancel_call', { ticket });
    expect(await outcome(ticket)).toMatchObject({ state: 'cancelled' });
    expect(await ask(two, 'cancel_call', { ticket })).toMatchObject({ state: 'cancelled' });
  });

  it('comes before it has begun, and then it does not begin', async () => {
    let begin: () => void = () => undefined;
    let stop: (reason: OperationError) => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const background = {
      timeoutMs: 10_000,
      resumedFrom: undefined,
      begin: () => begun,
      beginApproved: () => Promise.resolve(true),
      unbegin: () => Promise.resolve(),
      progressed: () => undefined,
      checkpoint: () => Promise.resolve(),
      onStop: (listener: typeof stop) => {
        stop = listener;
        return () => undefined;
      },
    };
    const caller = { id: 'agent', kind: 'key' as const, subject: 'agent', permissions: ['*'] };
    const origin = { caller, door: 'rest' as const, requestId: 'r1', address: '', background };
    const execution = one.gateway.app.get(OperationExecutor).execute('work.once', { name: 'late' }, origin);
    const handedOver = new OperationError('unavailable', 'It was handed over');
    stop(handedOver);
    await expect(execution).rejects.toBe(handedOver);
    begin();
    await begun;
    await Promise.resolve();
    expect(runs.filter((run) => run.name === 'late')).toEqual([]);
  });

  it('comes with the end of the key that has started it', async () => {
    const key = await newKey(['read', 'write']);
    const { ticket } = await start('work_resumed', { name: 'revoked' }, key);
    await began('revoked');
    await one.send({ method: 'DELETE', path: `/admin/api-keys/${key.id}`, headers: admin });
    const rows = async () =>
      (await one.get(`/admin/audit?operation=resumed&limit=10`, admin)).body as { items: { errorKind?: string }[] };
    await eventually(rows, ({ items }) => items.some(({ errorKind }) => errorKind === 'unauthenticated'));
    expect(runs.filter((run) => run.name === 'revoked')).toHaveLength(1);
    expect(ticket).toBeDefined();
  });
});

describe('one that a person has to approve', () => {
  it('runs by itself once it is approved, and once', async () => {
    await one.post('/config', { 'approvals.require': 'work.once' }, admin);
    await eventually(
      () => two.get('/config', admin),
      ({ text }) => text.includes('work.once'),
    );
    const { ticket } = await start('work_once', { name: 'guarded' });
    const pending = async () =>
      ((await one.get('/admin/approvals?state=pending', admin)).body as { items: { id: string }[] }).items;
    const [approval] = await eventually(pending, ({ length }) => length === 1);
    expect(await outcome(ticket, 0)).toMatchObject({ state: 'waiting', needsApproval: true });
    expect(runs.filter((run) => run.name === 'guarded')).toHaveLength(0);
    await one.post(`/admin/approvals/${approval!.id}`, { decision: 'approve' }, admin);
    await began('guarded');
    gates.get('guarded')!();
    expect(await outcome(ticket)).toMatchObject({ state: 'done', result: { name: 'guarded' } });
    expect(runs.filter((run) => run.name === 'guarded')).toHaveLength(1);
    await one.post('/config', { 'approvals.require': '' }, admin);
  });
});

describe('a gateway that stops', () => {
  it('leaves to the others what they can go on with, and they do so from its checkpoint', async () => {
    const { ticket } = await start('work_resumed', { name: 'moved' });
    await began('moved');
    const isBusy = ({ gateway }: TestGateway) => gateway.app.get(CallsInFlight).count > 0;
    const busy = replicas.all.find(isBusy)!;
    const other = replicas.all.find((gateway) => gateway !== busy)!;
    await busy.gateway.stop();
    await began('moved', 2);
    expect(runs.filter((run) => run.name === 'moved').map(({ resumedFrom }) => resumedFrom)).toEqual([
      undefined,
      { step: 1 },
    ]);
    gates.get('moved')!();
    expect(await ask(other, 'call_outcome', { ticket })).toMatchObject({ state: 'done', result: { name: 'moved' } });
  });
});
