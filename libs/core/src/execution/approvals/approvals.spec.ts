import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { AnswerLostError, UnavailableError } from '#libs/outbound';
import { AuthorizationNeeded } from '../../upstreams/auth/credential.js';
import { SessionLost } from '../../upstreams/http-exchange.js';
import { MemoryServer } from '../../upstreams/testing/memory-server.js';
import { supervised } from '../../upstreams/testing/supervised.js';
import { operationOf } from '../../upstreams/upstream-tool.js';
import { CallContext, type CallOrigin } from '../call-context.js';
import type { CallResult } from '../call-result.js';
import { Approvals } from './approvals.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

const ann = { id: 'ann' };

/** Approvals of one call that a person has approved already; `state` is what they make of it. */
function approved() {
  const row = { id: 'apr_1', state: 'approved', asker: ann, operation: 'wiki.add', arguments: {}, requestId: 'r' };
  const become = (state: string) => {
    row.state = state;
    return Promise.resolve(true);
  };
  const rows = {
    ask: () => Promise.resolve(row),
    claim: () => become('running'),
    giveBack: () => become('approved'),
  };
  const places = { enter: () => undefined, leave: () => undefined, resume: () => undefined };
  const approvals = new Approvals(
    { requires: () => true } as never,
    rows as never,
    { keep: () => become('done') } as never,
    { wake: () => undefined, isStopped: false } as never,
    places as never,
    places as never,
    { waitMs: 0, ttlMs: 1_000 } as never,
    { tell: () => undefined } as never,
    { require: () => Promise.resolve(ann) } as never,
  );
  return { approvals, row };
}

/** An upstream whose tool ends with `problem`, where there is one, and its approved call. */
async function upstreamThat(problem?: Error) {
  const server: MemoryServer = new MemoryServer((method) => {
    if (method === 'tools/list') return { tools: [{ name: 'add', inputSchema: { type: 'object' } }] };
    if (method !== 'tools/call' || !problem) return {};
    const asked = server.connections.find(({ requested }) => requested.includes(method))!;
    if (problem instanceof SessionLost) asked.end('session', problem.message);
    throw problem;
  });
  const upstream = supervised(server);
  upstream.start();
  await upstream.reached(1_000);
  await expect.poll(() => upstream.offer.tools).toHaveLength(1);
  const operation = operationOf(upstream, upstream.offer.tools[0]!, (said) => said);
  const { approvals, row } = approved();
  const origin = { caller: ann, door: 'rest', requestId: 'r', address: '' } as unknown as CallOrigin;
  const run = async () => {
    const call = new CallContext(origin, operation.id, 5_000);
    const guarded = { operation, input: {}, ticket: undefined, call, origin };
    const done = approvals.run(guarded, async () => (await operation.run({}, call)) as CallResult);
    return done.then(
      () => undefined,
      (error: unknown) => error,
    );
  };
  return { server, upstream, row, run };
}

const gone = new OperationError('unavailable', 'The upstream wiki is gone');

describe('the approval of a call of an upstream', () => {
  it.each([
    ['has answered', undefined],
    ['went away before it answered', new AnswerLostError('it broke off')],
    ['could not be told to have been asked', gone],
  ])('is used up where the upstream %s', async (_, problem) => {
    const { upstream, row, run } = await upstreamThat(problem);
    expect(await run()).toBe(problem);
    expect(row.state).toBe('done');
    await upstream.stop();
  });

  it.each([
    ['there is no room for one more request', new UnavailableError('unasked', 'Too many requests')],
    ['nothing listens there', new OperationError('unavailable', 'refused', {}, { cause: { code: 'ECONNREFUSED' } })],
    ['it knows the session no more', new SessionLost('wiki')],
    ['its caller has to authorize it first', new AuthorizationNeeded('wiki', 'https://id.example.com')],
  ])('stays good where %s', async (_, problem) => {
    const { upstream, row, run } = await upstreamThat(problem);
    expect(await run()).toBe(problem);
    expect(row.state).toBe('approved');
    await upstream.stop();
  });

  it('stays good while it is not tried to reach it again', async () => {
    const { server, upstream, row, run } = await upstreamThat();
    server.problem = gone;
    server.connections[0]!.end('transport', 'it ended');
    await expect.poll(() => upstream.status().state).toBe('unavailable');
    expect(await run()).toMatchObject({ kind: 'unavailable' });
    expect(server.connections[0]!.requested).not.toContain('tools/call');
    expect(row.state).toBe('approved');
    await upstream.stop();
  });

  it('stays good while its circuit is open', async () => {
    const { server, upstream, row, run } = await upstreamThat(gone);
    const signal = new AbortController().signal;
    for (let time = 0; time < 5; time += 1) {
      await expect(upstream.request('tools/call', { name: 'add' }, { signal })).rejects.toBe(gone);
    }
    expect(await run()).toMatchObject({ kind: 'unavailable' });
    expect(server.connections[0]!.requested.filter((method) => method === 'tools/call')).toHaveLength(5);
    expect(row.state).toBe('approved');
    await upstream.stop();
  });

  it('stays good where the upstream was stopped while the call waited', async () => {
    const { upstream, row, run } = await upstreamThat();
    await upstream.stop();
    expect(await run()).toMatchObject({ kind: 'unavailable' });
    expect(row.state).toBe('approved');
  });
});
