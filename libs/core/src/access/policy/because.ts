import type { Action, Caller } from '#libs/kit';
import { canonical } from '../../catalog/names.js';
import type { Guarded } from '../permissions.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { resolvedInput } from './condition.js';
import { describeConditions } from './describe-rule.js';
import { rolesOf } from './roles.js';
import type { RuleOnArguments } from './rule.js';

/** What speaks for and against a call, for people who keep the policy. Without arguments rules on them are left open. */
export function because(
  policy: CompiledPolicy,
  caller: Caller,
  operation: Guarded,
  action: Action,
  input?: Record<string, unknown>,
): string[] {
  const verdict = policy.verdictOn(caller, operation, action);
  if (verdict.kind === 'denied') return [`The rule "${verdict.by.name}" denies it, and a rule that denies always wins`];
  if (verdict.kind === 'missing') return [`Nothing gives ${action}: ${whatWouldDo(operation, action)}`];
  const given = input && resolvedInput(operation, input);
  const denies = verdict.denies.map((rule) => `${inWords(rule)}: ${state(rule, given)}`);
  if (verdict.kind === 'conditional')
    return [...verdict.allows.map((rule) => `${inWords(rule)}: ${state(rule, given)}`), ...denies];
  if (verdict.by) return [`The rule "${verdict.by.name}" allows it`, ...denies];
  return [...holders(policy, caller, verdict.permission ?? action), ...denies];
}

function whatWouldDo({ id, service }: Guarded, action: Action): string {
  return `one of ${action}, ${service}:${action}, ${id} and *, or a rule that allows it, would`;
}

function holders(policy: CompiledPolicy, caller: Caller, permission: string): string[] {
  const itself = caller.permissions.some((each) => canonical(each) === permission);
  const roles = rolesOf(caller).filter((role) =>
    policy.permissionsOf(role).some((each) => canonical(each) === permission),
  );
  return [
    ...(itself ? [`The permission ${permission} allows it`] : []),
    ...roles.map((role) => `The role ${role} holds ${permission}, which allows it`),
  ];
}

function inWords({ rule }: RuleOnArguments): string {
  return `The rule "${rule.name}" ${rule.denies ? 'denies' : 'allows'} it ${describeConditions(rule.document)}`;
}

function state(rule: RuleOnArguments, input: Record<string, unknown> | undefined): string {
  if (!input) return 'that depends on the arguments';
  if (rule.applies(input)) return rule.rule.denies ? 'that is so, or can not be ruled out' : 'that is so';
  return rule.rule.denies ? 'that is not so' : 'that is not so, or can not be told';
}
