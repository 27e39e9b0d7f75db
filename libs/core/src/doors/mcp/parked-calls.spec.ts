import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReplicaId } from '../../replicas/replica-id.js';
import { SecretKey } from '../../store/secret-key.js';
import { AskingCall } from './asking-call.js';
import { ParkedCalls } from './parked-calls.js';

const MINUTE = 60_000;
const binding = { callerId: 'ann', tool: 'tools/call/deploy', input: { to: 'staging' } };

const newSecret = () => {
  const text = randomBytes(32).toString('hex');
  return new SecretKey(text, undefined as never, text);
};

let parked: ParkedCalls;
beforeEach(() => {
  vi.useFakeTimers();
  parked = new ParkedCalls(newSecret(), new ReplicaId());
});
afterEach(() => {
  parked.onApplicationShutdown();
  vi.useRealTimers();
});

const newCall = (callerId = 'ann') => new AskingCall(callerId, {}, {});

it('gives a call back to the one who brings its state, once', () => {
  const call = newCall();
  const state = parked.park(call, binding);
  expect(parked.take(state, binding)).toBe(call);
  expect(() => parked.take(state, binding)).toThrow('used before or has expired');
  expect(call.isCancelled).toBe(false);
});

it.each([
  ['another caller', { callerId: 'bob' }],
  ['another request', { tool: 'tools/call/destroy' }],
  ['other arguments', { input: { to: 'production' } }],
])('refuses a state in the hands of %s, and keeps the call for its own', (_name, other) => {
  const call = newCall();
  const state = parked.park(call, binding);
  expect(() => parked.take(state, { ...binding, ...other })).toThrow('it was not given for this call');
  expect(parked.take(state, binding)).toBe(call);
});

it('refuses a state of another gateway’s key', () => {
  const other = new ParkedCalls(newSecret(), new ReplicaId());
  const state = other.park(newCall(), binding);
  expect(() => parked.take(state, binding)).toThrow('it was not given for this call');
  other.onApplicationShutdown();
});

it('ends a call for whose answer nobody came in ten minutes', () => {
  const call = newCall();
  const state = parked.park(call, binding);
  vi.advanceTimersByTime(10 * MINUTE - 1);
  expect(call.isCancelled).toBe(false);
  vi.advanceTimersByTime(1);
  expect(call.isCancelled).toBe(true);
  expect(() => parked.take(state, binding)).toThrow('used before or has expired');
});

it('holds 100 calls of a caller, of which the oldest gives way, and those of others', () => {
  const others = newCall('bob');
  parked.park(others, { ...binding, callerId: 'bob' });
  const calls = Array.from({ length: 102 }, () => newCall());
  const states = calls.map((call) => parked.park(call, binding));
  expect(calls.map(({ isCancelled }) => isCancelled)).toEqual(calls.map((_, n) => n < 2));
  expect(others.isCancelled).toBe(false);
  // what was answered leaves its place
  parked.take(states[2], binding);
  parked.park(newCall(), binding);
  expect(calls[3]?.isCancelled).toBe(false);
});

it('refuses the 1,001st of all callers, and ends it', () => {
  for (let n = 0; n < 1_000; n += 1) parked.park(newCall(`c${n}`), { ...binding, callerId: `c${n}` });
  const call = newCall();
  expect(() => parked.park(call, binding)).toThrow('Too many calls wait');
  expect(call.isCancelled).toBe(true);
});

it('ends the calls of a caller whose credential is over', () => {
  const [mine, other] = [newCall(), newCall('bob')];
  parked.park(mine, binding);
  parked.park(other, { ...binding, callerId: 'bob' });
  parked.endOf('ann');
  expect([mine.isCancelled, other.isCancelled]).toEqual([true, false]);
});
