import type { Params } from './connection.js';

/** Many a server writes null for what it does not say, which clients refuse: the members that say something. */
export function withoutNullMembers(members: Params): Params {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null));
}
