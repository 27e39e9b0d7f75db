import { expect, it } from 'vitest';
import { canonicalText, FIRST_HASH, nextHash } from './audit-line.js';
import { PendingLines } from './pending-lines.js';

const bodies = ['"a":1', '"text":"čeština, 日本語, 😀"', `"long":"${'ž'.repeat(50_000)}"`, '"b":"\u2028"'];

it.each([1, 3, 20])('hashes and writes each line as its text says, %i times over', (times) => {
  const pending = new PendingLines();
  let hash = FIRST_HASH;
  let expected = '';
  for (let seq = 1; seq <= times * bodies.length; seq += 1) {
    const canonical = canonicalText('abc', seq, bodies[seq % bodies.length] ?? '');
    const next = nextHash(hash, canonical);
    expect(pending.add(hash, canonical)).toBe(next);
    expected += `{"hash":"${next}",${canonical.slice(1)}\n`;
    hash = next;
  }
  expect(pending.all.toString()).toBe(expected);
});

it('begins anew', () => {
  const pending = new PendingLines();
  expect(pending.isEmpty).toBe(true);
  pending.add(FIRST_HASH, '{"a":1}');
  pending.clear();
  expect(pending.isEmpty).toBe(true);
  pending.add(FIRST_HASH, '{"b":2}');
  expect(pending.all.toString()).toBe(`{"hash":"${nextHash(FIRST_HASH, '{"b":2}')}","b":2}\n`);
});
