import { expect, it } from 'vitest';
import { Cancellation, type CancelSignal } from './cancellation.js';

const kinds: [string, () => { signal: CancelSignal; abort(reason: Error): void }][] = [
  ['a Cancellation', () => withItself(new Cancellation())],
  ['an AbortController', () => new AbortController()],
];

function withItself(cancellation: Cancellation) {
  return { signal: cancellation, abort: (reason: Error) => cancellation.abort(reason) };
}

it.each(kinds)('%s tells each listener once, with the first reason, and none that has left', (_kind, make) => {
  const ending = make();
  const { signal } = ending;
  const heard: string[] = [];
  const left = () => heard.push('left');
  signal.throwIfAborted();
  signal.addEventListener('abort', left, { once: true });
  for (const name of ['first', 'second']) {
    signal.addEventListener('abort', () => heard.push(`${name}: ${signal.reason.message}`), { once: true });
  }
  signal.removeEventListener('abort', left);
  signal.removeEventListener('abort', () => undefined);
  expect(signal.aborted).toBe(false);
  ending.abort(new Error('no more'));
  ending.abort(new Error('again'));
  expect([heard, signal.aborted]).toEqual([['first: no more', 'second: no more'], true]);
  expect(() => signal.throwIfAborted()).toThrow('no more');
});
