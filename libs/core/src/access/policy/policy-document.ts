import { z } from 'zod';
import { isNetwork } from '../networks.js';
import { isPermission, isRoleName, ROLE } from '../permissions.js';
import { isPlainText } from '../plain-text.js';
import type { Scalar } from './argument-values.js';
import { isOperationPattern } from './operation-pattern.js';

const MAX_ENTRIES = 200;
const MAX_RULES = 500;

const text = z.string().min(1).max(200).refine(isPlainText, 'text without control characters');
const scalar = z.union([text, z.number(), z.boolean()]);
const oneOrMore = <T extends z.ZodType>(entry: T) => {
  const list = z.array(entry).min(1).max(MAX_ENTRIES);
  return z.union([entry.transform((one) => [one] as z.output<T>[]), list]);
};
const listOf = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(MAX_ENTRIES);

const roleName = z.string().refine(isRoleName, 'a name of letters, digits, "_", "-" and "."');
const dotted = z
  .string()
  .regex(/^[\w$@:/-]+(?:\.[\w$@:/-]+)*$/, 'a name, or names with dots between them')
  .max(200);

/** What an argument must be: one of some values, or what an object of tests says. */
const condition = z.union([
  oneOrMore(scalar).transform((is) => ({ is })),
  z
    .strictObject({
      is: oneOrMore(scalar).optional(),
      like: oneOrMore(text).optional(),
      under: oneOrMore(text).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
    })
    .refine((tests) => Object.keys(tests).length > 0, 'at least one of is, like, under, min and max'),
]);

const conditions = z
  .record(dotted, condition)
  .refine((all) => Object.keys(all).length > 0, 'at least one argument')
  .optional();

const rule = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'a name of lower-case letters, digits, "-", "_" and "."'),
  effect: z.enum(['allow', 'deny']),
  /** Told to whoever the rule refuses. */
  reason: z.string().min(1).max(300).refine(isPlainText, 'text without control characters').optional(),
  callers: listOf(
    z.string().regex(/^(?:\*|local|(?:key|jwt):[^\p{Cc}]{1,200})$/u, 'local, key:<name or id>, jwt:<subject> or *'),
  ).optional(),
  owners: listOf(text).optional(),
  teams: listOf(text).optional(),
  roles: listOf(roleName).optional(),
  claims: z.record(dotted, oneOrMore(scalar)).optional(),
  networks: listOf(
    z
      .string()
      .refine(
        (each) => isNetwork(each.replace(/^!/, '')),
        'a CIDR, an address, loopback or private; with ! before it, to leave it out',
      ),
  ).optional(),
  operations: listOf(
    z
      .string()
      .refine(isOperationPattern, 'an action, service:action, service:*, service.operation, the name of a tool or *'),
  ),
  when: conditions,
  unless: conditions,
});

/** The setting `policies`. */
export const policyDocument = z.strictObject({
  roles: z
    .record(
      roleName,
      z.array(z.string().refine((each) => isPermission(each) && !each.startsWith(ROLE), 'a permission')),
    )
    .default({}),
  rules: z
    .array(rule)
    .max(MAX_RULES)
    .superRefine((rules, context) => {
      const names = rules.map(({ name }) => name);
      const twin = names.find((name, index) => names.indexOf(name) !== index);
      if (twin !== undefined) context.addIssue({ code: 'custom', message: `two rules are called ${twin}` });
    })
    .default([]),
});

export type PolicyDocument = z.output<typeof policyDocument>;
export type RuleDocument = PolicyDocument['rules'][number];
export type ConditionDocument = z.output<typeof condition>;

/** A condition with all that it may hold. */
export interface ArgumentTests {
  is?: Scalar[] | undefined;
  like?: string[] | undefined;
  under?: string[] | undefined;
  min?: number | undefined;
  max?: number | undefined;
}
