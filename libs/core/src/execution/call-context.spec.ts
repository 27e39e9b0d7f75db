import { expect, it, vi } from 'vitest';
import { OperationError, type Caller } from '#libs/kit';
import { asItIs, CallContext, type CallOrigin } from './call-context.js';

const origin: CallOrigin = { caller: {} as Caller, door: 'rest', requestId: '1', address: '127.0.0.1' };
const newCall = () => new CallContext(origin, 'wiki.find', 60_000);

it('answers what is made of the result', async () => {
  expect(await newCall().settle(Promise.resolve(2), origin, (data) => data + 1)).toBe(3);
});

it('waits for what takes its time to be made', async () => {
  expect(await newCall().settle(Promise.resolve(2), origin, (data) => Promise.resolve(data + 1))).toBe(3);
});

it('fails with what making an answer throws', async () => {
  const refuse = () => {
    throw new OperationError('failed', 'no');
  };
  await expect(newCall().settle(Promise.resolve(2), origin, refuse)).rejects.toThrow('no');
});

it('makes nothing of a result that comes after its end', async () => {
  const call = newCall();
  let end: (data: string) => void = () => undefined;
  const running = new Promise<string>((resolve) => (end = resolve));
  const take = vi.fn(asItIs<string>);
  const settled = call.settle(running, origin, take);
  call.abort(new OperationError('deadline', 'late'));
  await expect(settled).rejects.toThrow('late');
  end('too late');
  await running;
  expect(take).not.toHaveBeenCalled();
});

it('answers all the same where it was aborted between two waits', async () => {
  const call = newCall();
  await call.settle(Promise.resolve(1), origin, asItIs);
  call.abort(new OperationError('unavailable', 'stopping'));
  expect(await call.settle(Promise.resolve(2), origin, asItIs)).toBe(2);
});
