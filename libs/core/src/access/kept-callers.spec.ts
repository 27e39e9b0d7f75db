import { expect, it } from 'vitest';
import type { ApiKeys } from './api-keys.js';
import { recordOf, type KeyRecord } from './key-record.js';
import { KeptCallers } from './kept-callers.js';
import { KeyUse } from './key-use.js';
import type { TrustedNetwork } from './trusted-network.js';

function key(name: string, retired?: { name: string; forMs: number }): KeyRecord {
  const until = new Date(Date.now() + (retired?.forMs ?? 0));
  return recordOf(
    {
      id: 'agent',
      hash: `hash of ${name}`,
      pepperId: 'p',
      prefix: name,
      createdAt: new Date(),
      retired: retired && { hash: `hash of ${retired.name}`, pepperId: 'p', until },
      use: new KeyUse(),
      fromEnvironment: false,
    },
    { name: 'agent', permissions: ['read'] },
  );
}

/** Whether who has asked with the first key could still call, now that the key is the other. */
function couldCall(before: KeyRecord, now: KeyRecord | undefined, caller = before.caller): boolean {
  let known = [before];
  const keys = { get: () => before, known: (id: string) => known.find((one) => one.id === id) } as unknown as ApiKeys;
  const callers = new KeptCallers(keys, {} as TrustedNetwork);
  const kept = callers.keep(caller);
  known = now ? [now] : [];
  try {
    return callers.now(kept, true).id === 'agent';
  } catch {
    return false;
  }
}

it.each([
  ['the same key', key('a'), true],
  ['a key that was deleted', undefined, false],
  ['a key that was replaced', key('b'), false],
  ['a key that was replaced, in its overlap', key('b', { name: 'a', forMs: 60_000 }), true],
  ['a key that was replaced, after its overlap', key('b', { name: 'a', forMs: -1 }), false],
  ['a key that was replaced at once, in the overlap of the next one', key('c', { name: 'b', forMs: 60_000 }), false],
])('knows %s', (_what, now, expected) => {
  expect(couldCall(key('a'), now)).toBe(expected);
});

it.each([
  ['in its overlap', key('b', { name: 'a', forMs: 60_000 }), true],
  ['after its overlap', key('b', { name: 'a', forMs: -1 }), false],
  ['whose overlap was ended', key('b'), false],
  ['where the next one is in its overlap', key('c', { name: 'b', forMs: 60_000 }), false],
])('knows who has asked with a key that had been replaced, %s', (_what, now, expected) => {
  const before = key('b', { name: 'a', forMs: 60_000 });
  expect(couldCall(before, now, { ...before.caller, byReplacedKey: true })).toBe(expected);
});
