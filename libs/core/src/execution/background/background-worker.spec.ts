import { expect, it } from 'vitest';
import { OperationError, type Caller } from '#libs/kit';
import type { KeptCallers } from '../../access/kept-callers.js';
import type { CallOrigin } from '../call-context.js';
import type { OperationExecutor } from '../operation-executor.js';
import type { KeptCall, TakenCall } from './background-call.js';
import type { BackgroundNews } from './background-news.js';
import type { BackgroundSettings } from './background.settings.js';
import type { CallsHere } from './calls-here.js';
import { BackgroundWorker } from './background-worker.js';
import type { TurnRows } from './turn-rows.js';

const agent: Caller = { id: 'agent', kind: 'key', subject: 'agent', permissions: ['*'] };
const kept: KeptCall = {
  caller: { kind: 'key', id: 'agent', prefix: 'mcpg_a', hash: 'h', onlyReads: false, address: undefined },
  arguments: {},
  door: 'rest',
  requestId: 'r1',
  traceparent: undefined,
};
const resumed: TakenCall = {
  id: 'bgr_1',
  attempt: 1,
  operation: 'n8n.execute',
  callerId: agent.id,
  call: kept,
  repeatable: false,
  began: true,
  approval: undefined,
  checkpoint: { step: 1 },
};

/** What is written of a call, once this worker has run it. */
async function written(taken: TakenCall, execute: (origin: CallOrigin) => Promise<never>): Promise<unknown[]> {
  const waiting = [taken];
  const before: unknown[] = [];
  let tell: (what: unknown[]) => void = () => undefined;
  const told = new Promise<unknown[]>((resolve) => (tell = resolve));
  const rows = {
    take: () => Promise.resolve(waiting.shift()),
    begin: () => Promise.resolve(true),
    beginApproved: () => Promise.reject(new OperationError('unavailable', 'The store is away')),
    unbegin: async () => {
      await Promise.resolve();
      before.push('as it was');
    },
    giveBack: async (_: unknown, inMs: number) => {
      await Promise.resolve();
      tell([...before, 'waiting', inMs]);
    },
    finish: async (_: unknown, state: string) => {
      await Promise.resolve();
      tell([...before, state]);
    },
  } as unknown as TurnRows;
  const executor = { execute: (_id: string, _input: unknown, origin: CallOrigin) => execute(origin) };
  const news = { on: () => () => undefined, tell: () => undefined };
  const here = { onReturn: () => undefined, add: () => undefined, delete: () => undefined };
  const worker = new BackgroundWorker(
    rows,
    executor as unknown as OperationExecutor,
    { now: () => agent } as unknown as KeptCallers,
    news as unknown as BackgroundNews,
    { places: 1, leaseMs: 10_000, timeoutMs: 10_000 } as BackgroundSettings,
    here as unknown as CallsHere,
  );
  worker.start();
  const found = await told;
  await worker.close();
  return found;
}

const limited = new OperationError('limited', 'Too many calls', { retryAfterMs: 700 });

it.each([
  ['a call', { ...resumed, began: false, checkpoint: undefined }],
  ['a call that had begun at a gateway that is gone', resumed],
])('keeps %s that can’t begin here yet, until it can', async (_what, taken) => {
  expect(await written(taken, () => Promise.reject(limited))).toEqual(['waiting', 700]);
});

it('does not run again what has begun here, whatever its back end says', async () => {
  const failing = async ({ background }: CallOrigin) => {
    await background?.begin();
    throw limited;
  };
  expect(await written(resumed, failing)).toEqual(['failed']);
});

it.each([
  ['as late as the limit says', 700, 1, 700],
  ['later than it says when it comes for the third time', 700, 3, 2_000],
  ['as late as it says, however long that is', 3_600_000, 3, 3_600_000],
  ['never much later', 700, 50, 30_000],
  ['after some seconds where nothing says when', undefined, 1, 5_000],
])('tries a call that is refused again %s', async (_when, retryAfterMs, attempt, inMs) => {
  const refused = new OperationError('limited', 'Too many calls', retryAfterMs === undefined ? {} : { retryAfterMs });
  expect(await written({ ...resumed, attempt }, () => Promise.reject(refused))).toEqual(['waiting', inMs]);
});

it('leaves an approval to be used where it was not heard whether the call could begin', async () => {
  const cut = async ({ background }: CallOrigin): Promise<never> => {
    await background?.beginApproved('apr_1', 1_000);
    throw new Error('It can’t have begun');
  };
  const taken = { ...resumed, began: false, checkpoint: undefined, approval: 'apr_1' };
  expect(await written(taken, cut)).toEqual(['as it was', 'waiting', 5_000]);
});
