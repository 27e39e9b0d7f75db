import { describe, expect, it } from 'vitest';
import { adminStanding, recordOf, type KeyPolicy } from './key-record.js';
import { KeyUse } from './key-use.js';

const record = (policy: Partial<KeyPolicy>) =>
  recordOf(
    {
      id: 'id',
      hash: 'hash',
      pepperId: 'pepper',
      prefix: 'prefix',
      createdAt: new Date(),
      retired: undefined,
      use: new KeyUse(),
      fromEnvironment: false,
    },
    { name: 'Key', permissions: ['read'], ...policy },
  );

describe('the caller of a key', () => {
  it('has its limits, and none where none are given', () => {
    const caller = { id: 'id', kind: 'key', subject: 'Key', permissions: ['read'] };
    expect(record({}).caller).toEqual(caller);
    expect(record({ limits: {} }).caller).toEqual(caller);
    expect(record({ limits: { perMinute: 0, tokensPerDay: 5 }, owner: 'o', team: 't' }).caller).toEqual({
      ...caller,
      owner: 'o',
      team: 't',
      limits: { perMinute: 0, tokensPerDay: 5 },
    });
  });
});

describe('how much of an admin’s key a key is', () => {
  it.each<[policy: Partial<KeyPolicy>, standing: number]>([
    [{ permissions: ['*'] }, 2],
    [{ permissions: ['read', 'admin'] }, 2],
    [{ permissions: ['admin'], expiresAt: new Date(Date.now() + 60_000) }, 1],
    [{ permissions: ['admin'], expiresAt: new Date(Date.now() - 1) }, 0],
    [{ permissions: ['postgres:admin', 'read', 'gateway.admin'] }, 0],
  ])('%j: %d', (policy, standing) => {
    expect(adminStanding(record(policy))).toBe(standing);
  });
});
