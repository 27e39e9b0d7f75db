import type { Caller } from '#libs/kit';
import { ROLE } from '../permissions.js';

/** The roles that a caller has: by `role:<name>` among its permissions, or by the claim `roles` of its token. */
export function rolesOf({ permissions, roles = [] }: Caller): string[] {
  return [...permissions.filter((each) => each.startsWith(ROLE)).map((each) => each.slice(ROLE.length)), ...roles];
}
