import { describe, expect, it } from 'vitest';
import type { Caller } from '#libs/kit';
import { agentOf } from './agents.js';

const caller = (kind: Caller['kind'], ...permissions: string[]): Caller => ({
  id: 'me',
  kind,
  subject: 'Me',
  permissions,
});

describe('the agent of a call', () => {
  it.each<[string, string | undefined, Caller, string | undefined]>([
    ['is the caller where none is named', undefined, caller('key', 'read'), 'me'],
    ['may be the caller by name', 'me', caller('key', 'read'), 'me'],
    ['may be another one for an admin', 'you', caller('key', 'admin'), 'you'],
    ['may be another one for who holds everything', 'you', caller('jwt', '*'), 'you'],
    ['may be another one for an admin of memories', 'you', caller('key', 'mem0:admin'), 'you'],
    ['may be another one for who is known by address', 'you', caller('local', 'read'), 'you'],
    ['may be all of them for an admin', '*', caller('key', 'admin'), undefined],
  ])('%s', (_what, named, by, agent) => {
    expect(agentOf(named, by)).toBe(agent);
  });

  it.each<[string, string, Caller]>([
    ['another one', 'you', caller('key', 'read', 'write')],
    ['all of them', '*', caller('jwt', 'read')],
    ['another one by the right to one operation', 'you', caller('key', 'mem0.search', 'mem0:read', 'github:admin')],
  ])('may not be %s', (_what, named, by) => {
    expect(() => agentOf(named, by)).toThrow(
      expect.objectContaining({ kind: 'forbidden', details: { permission: 'admin' } }),
    );
  });
});
