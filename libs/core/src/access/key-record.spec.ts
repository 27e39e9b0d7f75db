import { describe, expect, it } from 'vitest';
import { adminStanding, isTakenFrom, recordOf, type KeyPolicy } from './key-record.js';
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

it('has nothing left of what was decided before, where it is made of the record that it replaces', () => {
  const before = record({ permissions: ['*'], allowedNetworks: ['10.0.0.0/8'] });
  const policy = { name: 'Key', permissions: ['read'], allowedNetworks: ['192.168.0.0/16'] };
  const after = recordOf(before, policy);
  expect(after.caller.permissions).toEqual(['read']);
  expect(isTakenFrom(after, { address: '10.0.0.1', direct: true })).toBe(false);
  expect(isTakenFrom(after, { address: '192.168.0.1', direct: true })).toBe(true);
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
