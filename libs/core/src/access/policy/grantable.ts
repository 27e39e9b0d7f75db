import { invalidField, OperationError, type Caller } from '#libs/kit';
import { ROLE } from '../permissions.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** Whom permissions are handed to, and which. */
export type Grant = Omit<Caller, 'id'>;

/**
 * Throws `forbidden` for the first permission that the caller does not hold itself, and for a rule that would let the
 * new holder do more, such as one about keys of a certain name.
 *
 * @param added those of its permissions that it did not have before
 */
export function requireGrantable(
  policy: CompiledPolicy,
  caller: Caller,
  grant: Grant,
  added: readonly string[] = grant.permissions,
): void {
  for (const permission of added) {
    if (permission.startsWith(ROLE)) requireRole(policy, permission);
    if (!policy.mayGrant(caller, permission)) throw notHeld(caller, permission, permission);
  }
  if (policy.mayGrant(caller, '*')) return;
  const holder: Caller = { ...grant, id: '' };
  const rule = policy.rules.find((each) => !each.denies && each.mayBeAbout(holder) && !each.isAbout(caller));
  if (rule) throw notHeld(caller, `what the rule "${rule.name}" allows`, '*');
}

function requireRole(policy: CompiledPolicy, permission: string): void {
  if (policy.hasRole(permission.slice(ROLE.length))) return;
  const known = policy.roleNames.map((name) => `${ROLE}${name}`).join(', ');
  const expected = known === '' ? 'no role, since the setting policies has none' : `a role of the policy: ${known}`;
  throw invalidField('permissions', expected, JSON.stringify(permission));
}

function notHeld({ subject }: Caller, what: string, permission: string): OperationError {
  return new OperationError(
    'forbidden',
    `${subject} may not grant ${what}, which it does not hold itself. Leave it out, or ask an admin who holds it.`,
    { permission },
  );
}
