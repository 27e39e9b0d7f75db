import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actions, OperationError, type Action, type Caller } from '#libs/kit';
import { forbidden, isPermission } from './permissions.js';
import { CompiledPolicy } from './policy/compiled-policy.js';

const policy = new CompiledPolicy({ roles: {}, rules: [] });
const mayCall = (...asked: Parameters<CompiledPolicy['verdictOn']>) => policy.verdictOn(...asked).kind === 'allowed';
const mayAct = (who: Caller, action: Action) => policy.verdictOnAction(who, action).kind === 'allowed';
const mayGrant = (who: Caller, permission: string) => policy.mayGrant(who, permission);

const caller = (...permissions: string[]): Caller => ({ id: 'k', kind: 'key', subject: 'Key', permissions });
const query = { id: 'postgres.list-tables', service: 'postgres', permission: 'read' as const };

describe('what counts as a permission', () => {
  it.each([
    '*',
    ...actions,
    'postgres:read',
    'role:Data.Reader',
    'role:read',
    'my-db:admin',
    'postgres.query',
    'postgres.list-tables',
    'workspace.read_file',
    'linear.createIssue',
    'shop.v2.orders/list',
  ])('%s does', (text) => {
    expect(isPermission(text)).toBe(true);
  });

  it.each([
    '',
    ' read',
    'read ',
    'READ',
    'reading',
    'read,write',
    '**',
    'postgres:*',
    'role:',
    'role:*',
    'role:-x',
    'postgres:',
    ':read',
    'postgres:reads',
    'postgres:constructor',
    'Postgres:read',
    'postgres:read:write',
    'postgres.',
    '.query',
    'postgres.-query',
    'Postgres.query',
    'postgres.query\n',
    'read\n',
    'postgres',
    'constructor',
    '__proto__',
  ])('%j does not', (text) => {
    expect(isPermission(text)).toBe(false);
  });
});

describe('who may call postgres.list-tables, which declares read', () => {
  it.each<[permissions: string[], allowed: boolean]>([
    [[], false],
    [['*'], true],
    [['read'], true],
    [['write', 'execute', 'monitor', 'approve', 'admin'], false],
    [['postgres:read'], true],
    [['postgres:write'], false],
    [['github:read'], false],
    [['postgres.list-tables'], true],
    [['postgres.list_tables'], true],
    [['postgres.list'], false],
    [['postgres.list-tables-of'], false],
    [['github:read', 'postgres:read'], true],
  ])('%j: %s', (permissions, allowed) => {
    expect(mayCall(caller(...permissions), query)).toBe(allowed);
  });

  it.each<[permissions: string[], allowed: boolean]>([
    [['read'], false],
    [['read', 'write'], true],
    [['postgres:write'], true],
    [['admin'], false],
    [['*'], true],
  ])('where its arguments ask for write, %j: %s', (permissions, allowed) => {
    expect(mayCall(caller(...permissions), query, 'write')).toBe(allowed);
  });
});

describe('actions outside any service', () => {
  it('are held by their own name or *, and by nothing else', () => {
    fc.assert(
      fc.property(
        fc.subarray([...actions, 'a:admin', 'a.admin', 'a:monitor']),
        fc.constantFrom(...actions),
        (held, action) => {
          expect(mayAct(caller(...held), action)).toBe(held.includes(action));
          expect(mayAct(caller(...held, '*'), action)).toBe(true);
        },
      ),
    );
  });
});

describe('what a caller may grant', () => {
  const services = ['postgres', 'github'];
  const operations = services.flatMap((service) =>
    actions.map((permission) => ({ id: `${service}.run-${permission}`, service, permission })),
  );
  const permissions = [
    '*',
    ...actions,
    ...services.flatMap((service) => actions.map((action) => `${service}:${action}`)),
    ...operations.flatMap(({ id }) => [id, id.replace('-', '_')]),
  ];

  it('lets nobody do what the caller may not do itself', () => {
    fc.assert(
      fc.property(
        fc.subarray(permissions, { maxLength: 4 }),
        fc.constantFrom(...permissions),
        fc.constantFrom(...operations),
        fc.constantFrom(...actions),
        (held, granted, operation, asked) => {
          const giver = caller(...held);
          if (!mayGrant(giver, granted)) return;
          const taker = caller(granted);
          if (mayCall(taker, operation, asked)) expect(mayCall(giver, operation, asked)).toBe(true);
          if (mayAct(taker, asked)) expect(mayAct(giver, asked)).toBe(true);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it.each<[held: string, granted: string]>([
    ['*', '*'],
    ['*', 'postgres.query'],
    ['read', 'read'],
    ['read', 'postgres:read'],
    ['postgres:read', 'postgres:read'],
    ['postgres.list-tables', 'postgres.list_tables'],
  ])('with %s: %s', (held, granted) => {
    expect(mayGrant(caller(held), granted)).toBe(true);
  });
});

it('a refusal names the permission that was missing', () => {
  expect(forbidden(caller(), 'postgres.query', 'read')).toEqual(
    new OperationError(
      'forbidden',
      'Key may not use postgres.query: the permission read is missing. Ask an admin for a key that has it.',
      { permission: 'read' },
    ),
  );
});
