import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actions, type Action, type Caller } from '#libs/kit';
import type { Guarded } from '../permissions.js';
import { Policy } from './policy.js';
import { policyDocument, type PolicyDocument } from './policy-document.js';

const services = ['shop', 'books'];
const shelves = ['history', 'History', 'secrets', '1', 'x/../secrets'];

const operations: Guarded[] = services.flatMap((service) =>
  actions.map((permission) => ({
    id: `${service}.run-${permission}`,
    service,
    permission,
    aliases: [`start-${permission}`],
    tool: `${service}_run_${permission}`,
    inputSchema: { properties: { shelf: {}, pages: {}, paths: {} }, additionalProperties: permission === 'write' },
  })),
);

const anyPermission = fc.constantFrom(
  '*',
  ...actions,
  ...services.flatMap((service) => actions.map((action) => `${service}:${action}`)),
  ...operations.map(({ id }) => id),
  'role:reader',
  'role:all',
);

const anyCaller: fc.Arbitrary<Caller> = fc.record(
  {
    id: fc.constantFrom('k1', 'k2'),
    kind: fc.constantFrom('key' as const, 'jwt' as const, 'local' as const),
    subject: fc.constantFrom('ci', 'CI', 'ada'),
    permissions: fc.array(anyPermission, { maxLength: 3 }),
    team: fc.constantFrom('web', 'Web', 'data'),
    roles: fc.subarray(['reader', 'all']),
    claims: fc.constantFrom({}, { unit: 'a' }, { unit: ['a', 'b'] }),
    address: fc.constantFrom('127.0.0.1', '10.1.2.3'),
    onlyReads: fc.constant(true as const),
  },
  { requiredKeys: ['id', 'kind', 'subject', 'permissions'] },
);

const anyInput = fc.record(
  {
    shelf: fc.constantFrom(...shelves, 1, null),
    pages: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('5')),
    paths: fc.array(fc.constantFrom('docs/a', 'docs/../a', 'secrets/b', '/abs', '..\\a'), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const anyConditions = fc.constantFrom(
  { shelf: 'history' },
  { shelf: ['history', 'secrets'] },
  { shelf: { like: 'h*' } },
  { pages: { max: 10 } },
  { pages: { min: 3, max: 10 } },
  { paths: { under: 'docs' } },
  { shelf: 'history', pages: { max: 5 } },
  { nowhere: 'x' },
);

const anyRule = fc.record(
  {
    effect: fc.constantFrom('allow' as const, 'deny' as const),
    operations: fc.array(
      fc.constantFrom(
        '*',
        ...actions,
        'shop:*',
        'books:read',
        'shop.run-read',
        'books.*',
        'shop_run_*',
        'shop.start_write',
      ),
      { minLength: 1, maxLength: 2 },
    ),
    callers: fc.constantFrom(['*'], ['key:ci'], ['jwt:*'], ['local']),
    teams: fc.constant(['web']),
    roles: fc.constant(['reader']),
    claims: fc.constant({ unit: 'a' }),
    networks: fc.constant(['loopback']),
    when: anyConditions,
    unless: anyConditions,
  },
  { requiredKeys: ['effect', 'operations'] },
);
type AnyRule = typeof anyRule extends fc.Arbitrary<infer R> ? R : never;

const roles = { reader: ['read'], all: ['*'] };
const documentOf = (rules: readonly AnyRule[]): PolicyDocument =>
  policyDocument.parse({ roles, rules: rules.map((rule, index) => ({ ...rule, name: `rule-${index}` })) });
const policyOf = (rules: readonly AnyRule[]) => new Policy({ policies: documentOf(rules) });

function allows(policy: Policy, caller: Caller, operation: Guarded, input: Record<string, unknown>): boolean {
  try {
    policy.requireCall(caller, operation);
    policy.requireArguments(caller, operation, input);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ kind: 'forbidden' });
    return false;
  }
}

const anyRules = fc.array(anyRule, { maxLength: 5 });
const anyOperation = fc.constantFrom(...operations);
/** A failure prints the seed and the path by which fast-check finds it again. */
const runs = { numRuns: 1_000 };

describe('any policy', () => {
  it('never allows what a rule denies, whatever else it says and in whichever order', () => {
    const denying = anyRule.map(({ operations, when, unless }) => ({
      effect: 'deny' as const,
      operations,
      when,
      unless,
    }));
    fc.assert(
      fc.property(anyRules, denying, fc.nat(5), anyCaller, anyOperation, anyInput, (rules, deny, at, ...call) => {
        const alone = policyOf([{ effect: 'allow', operations: ['*'] }, deny]);
        const reachable = policyOf([{ effect: 'allow', operations: ['*'] }]);
        if (!allows(reachable, ...call) || allows(alone, ...call)) return;
        expect(allows(policyOf(rules.toSpliced(at, 0, deny)), ...call)).toBe(false);
      }),
      runs,
    );
  });

  it('never takes anything away by a rule that allows', () => {
    const allowing = anyRule.map((rule) => ({ ...rule, effect: 'allow' as const }));
    fc.assert(
      fc.property(anyRules, allowing, fc.nat(5), anyCaller, anyOperation, anyInput, (rules, allow, at, ...call) => {
        if (!allows(policyOf(rules), ...call)) return;
        expect(allows(policyOf(rules.toSpliced(at, 0, allow)), ...call)).toBe(true);
      }),
      runs,
    );
  });

  it('never gives anything by a rule that denies', () => {
    const denying = anyRule.map((rule) => ({ ...rule, effect: 'deny' as const }));
    fc.assert(
      fc.property(anyRules, denying, anyCaller, anyOperation, anyInput, (rules, deny, ...call) => {
        if (allows(policyOf(rules), ...call)) return;
        expect(allows(policyOf([...rules, deny]), ...call)).toBe(false);
      }),
      runs,
    );
  });

  it('lists whatever it lets be called', () => {
    fc.assert(
      fc.property(anyRules, anyCaller, anyOperation, anyInput, (rules, caller, operation, input) => {
        const policy = policyOf(rules);
        if (!allows(policy, caller, operation, input)) return;
        expect(policy.mayCall(caller, operation)).toBe(true);
      }),
      runs,
    );
  });

  it('gives no address the administration, and no key in a URL more than reading', () => {
    fc.assert(
      fc.property(anyRules, anyCaller, anyOperation, anyInput, (rules, caller, operation, input) => {
        const policy = policyOf(rules);
        const isAllowed = allows(policy, caller, operation, input);
        const { permission } = operation;
        if (caller.kind === 'local' && permission === 'admin') expect(isAllowed).toBe(false);
        if (caller.onlyReads && permission !== 'read') expect(isAllowed).toBe(false);
        if (caller.kind === 'local') expect(policy.mayAct(caller, 'admin')).toBe(false);
      }),
      runs,
    );
  });

  it('decides for a caller as it would for another one that holds the same', () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyCaller, { minLength: 2, maxLength: 6 }), anyInput, (rules, callers, input) => {
        const shared = policyOf(rules);
        for (const caller of callers) {
          for (const operation of operations.slice(0, 4)) {
            const alone = allows(policyOf(rules), caller, operation, input);
            expect(allows(shared, caller, operation, input)).toBe(alone);
            expect(allows(shared, { ...caller }, operation, input)).toBe(alone);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('lets nobody hand on what gives more than the giver may do itself', () => {
    fc.assert(
      fc.property(
        anyPermission,
        anyCaller,
        anyOperation,
        fc.constantFrom(...actions),
        (permission, giver, operation, action: Action) => {
          const policy = policyOf([]).current;
          if (giver.kind === 'local' || giver.onlyReads || !policy.mayGrant(giver, permission)) return;
          const taker: Caller = { id: 'new', kind: 'key', subject: 'new', permissions: [permission] };
          const may = (caller: Caller) => policy.verdictOn(caller, operation, action).kind === 'allowed';
          if (may(taker)) expect(may(giver)).toBe(true);
        },
      ),
      runs,
    );
  });
});

it('takes up another policy when the setting has another value, and keeps the one it made until then', () => {
  const settings = { policies: documentOf([]) };
  const policy = new Policy(settings);
  const before = policy.current;
  expect(policy.current).toBe(before);
  settings.policies = documentOf([{ effect: 'deny', operations: ['*'] }]);
  expect(policy.current).not.toBe(before);
});
