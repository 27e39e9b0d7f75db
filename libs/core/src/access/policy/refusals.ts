import { OperationError, type Action, type Caller } from '#libs/kit';
import { describeConditions } from './describe-rule.js';
import type { Rule } from './rule.js';

/** What is told of a rule that refuses: its name, its reason and the arguments at which it looks, and no more of the policy. */
export function deniedByRule({ subject }: Caller, what: string, rule: Rule): OperationError {
  const { looksAt, name } = rule;
  const { reason } = rule.document;
  const hint = looksAt.length > 0 ? `It looks at ${looksAt.join(', ')}: change that` : 'Do without it';
  return new OperationError(
    'forbidden',
    `${subject} may not use ${what}: the rule "${name}" denies it${because(reason)}. ${hint}, or ask an admin to change the policy.`,
    { rule: name, ...(reason !== undefined && { reason }), ...(looksAt.length > 0 && { arguments: looksAt }) },
  );
}

/** Which arguments would do: those rules are the caller's own, so it may know them. */
export function notAllowedWith(
  { subject }: Caller,
  id: string,
  permission: Action,
  rules: readonly Rule[],
): OperationError {
  const ways = rules.map((rule) => `the rule "${rule.name}" allows it ${describeConditions(rule.document)}`);
  return new OperationError(
    'forbidden',
    `${subject} may not use ${id} with these arguments: ${ways.join('; ')}. Call it so, or ask an admin for the permission ${permission}.`,
    { permission, rules: rules.map(({ name }) => name) },
  );
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason.replace(/[.!]+$/, '')})`;
}
