import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { LibraryModule } from './fixtures/library.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const keys = new Map<string, string>();

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [LibraryModule, GatewayModule] });
  await stand({ roles: { mover: ['library:write'] } });
  for (const [name, permissions] of Object.entries(granted)) {
    const { body } = await gateway.post('/admin/api-keys', { name, permissions }, admin);
    keys.set(name, (body as { key: string }).key);
  }
});
afterAll(() => gateway.close());

const granted = { nothing: ['monitor'], reader: ['read'], mover: ['role:mover'], all: ['*'] };

async function stand(policies: object): Promise<void> {
  const { status, text } = await gateway.post('/config', { policies }, admin);
  expect({ status, text }).toMatchObject({ status: 200 });
}

async function explain(asked: Record<string, string>) {
  const { status, body } = await gateway.get(`/admin/policy/explain?${String(new URLSearchParams(asked))}`, admin);
  return { status, body: body as { allowed: boolean; because: string[]; error?: { kind: string; message: string } } };
}

async function because(asked: Record<string, string>) {
  const { body } = await explain({ operation: 'library.read-book', ...asked });
  return { allowed: body.allowed, because: body.because };
}

describe('an explanation', () => {
  it.each<[title: string, asked: Record<string, string>, expected: { allowed: boolean; because: string[] }]>([
    [
      'names the permission',
      { caller: 'reader' },
      {
        allowed: true,
        because: [
          'The permission read allows it',
          'The rule "no-secrets" denies it when shelf is "secrets": that depends on the arguments',
        ],
      },
    ],
    [
      'says what is missing',
      { caller: 'mover' },
      {
        allowed: false,
        because: [
          'mover may not use library.read-book: the permission read is missing. Ask an admin for a key that has it.',
          'Nothing gives read: one of read, library:read, library.read-book and *, or a rule that allows it, would',
        ],
      },
    ],
    [
      'names the role',
      { caller: 'mover', operation: 'library.move-books' },
      { allowed: true, because: ['The role mover holds library:write, which allows it'] },
    ],
    [
      'names the rule that allows',
      { caller: 'jwt:ada', claims: '{"permissions": [], "department": "books"}' },
      {
        allowed: true,
        because: [
          'The rule "department" allows it',
          'The rule "no-secrets" denies it when shelf is "secrets": that depends on the arguments',
        ],
      },
    ],
    [
      'names the rule that denies',
      { caller: 'all', operation: 'library_list_shelves' },
      {
        allowed: false,
        because: [
          'all may not use library.list-shelves: the rule "no-lists" denies it (They are long). Do without it, or ask an admin to change the policy.',
          'The rule "no-lists" denies it, and a rule that denies always wins',
        ],
      },
    ],
    [
      'looks at the arguments',
      { caller: 'reader', arguments: '{"shelf": "2"}' },
      {
        allowed: false,
        because: [
          'reader may not use library.read-book with these arguments: the rule "no-secrets" denies it. It looks at shelf: change that, or ask an admin to change the policy.',
          'The permission read allows it',
          'The rule "no-secrets" denies it when shelf is "secrets": that is so, or can not be ruled out',
        ],
      },
    ],
    [
      'and at the address',
      { caller: 'nothing', address: '10.1.2.3', operation: 'library.move-books' },
      { allowed: true, because: ['The rule "from-inside" allows it'] },
    ],
  ])('%s', async (_title, asked, expected) => {
    await stand({
      roles: { mover: ['library:write'] },
      rules: [
        { name: 'no-secrets', effect: 'deny', operations: ['library.read-book'], when: { shelf: 'secrets' } },
        {
          name: 'no-lists',
          effect: 'deny',
          operations: ['library.list-*'],
          callers: ['key:all'],
          reason: 'They are long.',
        },
        { name: 'department', effect: 'allow', operations: ['library:read'], claims: { department: 'books' } },
        { name: 'from-inside', effect: 'allow', operations: ['library:write'], networks: ['10.0.0.0/8'] },
      ],
    });
    expect(await because(asked)).toEqual(expected);
  });

  it.each<[title: string, asked: Record<string, string>, status: number]>([
    ['an unknown caller', { caller: 'nobody' }, 404],
    ['an unknown operation', { caller: 'local', operation: 'library.burn' }, 404],
    ['arguments that are no JSON', { caller: 'local', arguments: '{' }, 400],
    ['arguments that the operation refuses', { caller: 'local', arguments: '{"shelves": 1}' }, 400],
    ['a bad address', { caller: 'local', address: 'here' }, 400],
    ['claims that no token could have', { caller: 'jwt:ada', claims: '{"permissions": "read"}' }, 400],
    ['an unknown member', { caller: 'local', user: 'x' }, 400],
  ])('refuses %s', async (_title, asked, status) => {
    expect((await explain({ operation: 'library.read-book', ...asked })).status).toBe(status);
  });

  it('is for admins', async () => {
    const headers = { 'x-mcp-key': keys.get('reader')! };
    const { status } = await gateway.get('/admin/policy/explain?caller=local&operation=gateway.echo', headers);
    expect(status).toBe(403);
  });
});

it('agrees with what happens, for any policy, caller, operation and arguments', { timeout: 60_000 }, async () => {
  const shelf = fc.record(
    { shelf: fc.constantFrom('1', '2', 'History', 'arts'), pages: fc.nat(12) },
    { requiredKeys: [] },
  );
  const paths = fc.array(fc.record({ path: fc.constantFrom('docs/a', 'docs/../a', 'secret/b') }), { maxLength: 2 });
  const calls = fc.oneof(
    shelf.map((input) => ({ name: 'read-book', input: input })),
    fc.record({ files: paths, to: fc.constantFrom('bin', 'x') }).map((input) => ({ name: 'move-books', input: input })),
    fc.constant({ name: 'list-shelves', input: {} }),
  );
  const condition = fc.constantFrom(
    { shelf: 'history' },
    { shelf: ['2', 'arts'] },
    { pages: { max: 5 } },
    { 'files.path': { under: 'docs' } },
    { to: 'x' },
  );
  const rule = fc.record(
    {
      effect: fc.constantFrom('allow', 'deny'),
      operations: fc.subarray(['library:*', 'read', 'library:execute', 'library.move-*', 'library_read_book'], {
        minLength: 1,
      }),
      callers: fc.constantFrom(['key:reader'], ['key:m*', 'local'], ['key:NOTHING']),
      when: condition,
      unless: condition,
    },
    { requiredKeys: ['effect', 'operations'] },
  );
  const outcomes = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(rule, { maxLength: 4 }),
      fc.array(fc.tuple(fc.constantFrom(...Object.keys(granted), 'local'), calls), { minLength: 1, maxLength: 4 }),
      async (rules, asked) => {
        await stand({
          roles: { mover: ['library:write'] },
          rules: rules.map((each, index) => ({ ...each, name: `rule-${index}` })),
        });
        for (const [caller, { name, input }] of asked) {
          const headers: Record<string, string> = caller === 'local' ? {} : { 'x-mcp-key': keys.get(caller)! };
          const { status } = await gateway.post(`/api/services/library/${name}`, input, headers);
          const { body } = await explain({ caller, operation: `library.${name}`, arguments: JSON.stringify(input) });
          expect({ allowed: body.allowed }).toEqual({ allowed: status === 200 });
          outcomes.add(body.allowed);
        }
      },
    ),
    { numRuns: 100 },
  );
  expect([...outcomes].sort()).toEqual([false, true]);
});
