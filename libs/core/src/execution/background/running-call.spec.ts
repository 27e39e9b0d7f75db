import { expect, it } from 'vitest';
import type { TakenCall } from './background-call.js';
import { RunningCall } from './running-call.js';
import type { TurnRows } from './turn-rows.js';

const taken: TakenCall = {
  id: 'bgr_1',
  attempt: 1,
  operation: 'n8n.execute',
  callerId: 'agent',
  call: undefined,
  repeatable: false,
  began: false,
  approval: undefined,
  checkpoint: undefined,
};

it('moves from a checkpoint only once the store has it: without it, another gateway would begin anew', async () => {
  let isAway = true;
  const rows = {
    begin: () => Promise.resolve(true),
    keepCheckpoint: () => (isAway ? Promise.reject(new Error('The store is away')) : Promise.resolve()),
  };
  const call = new RunningCall(taken, rows as unknown as TurnRows, 1_000);
  expect(call.canMove).toBe(true);
  await call.begin();
  await call.checkpoint({ step: 1 });
  expect(call.canMove).toBe(false);
  isAway = false;
  await call.saveCheckpoint();
  expect(call.canMove).toBe(true);
});
