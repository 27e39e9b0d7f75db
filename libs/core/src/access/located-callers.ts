import type { Caller } from '#libs/kit';
import type { KeyRecord } from './key-record.js';
import { ROLE } from './permissions.js';
import type { Origin } from './request-facts.js';

/** Callers by where they call from. */
const located = new WeakMap<Caller, Map<string, Caller>>();
/** Addresses that are remembered of one caller. */
const MAX_ADDRESSES = 1_000;

/** The caller with its address: the same object for each, since what it may do is kept by it. */
export function at(origin: Origin, caller: Caller): Caller;
export function at(origin: Origin, caller: Caller | undefined): Caller | undefined;
export function at({ address, direct }: Origin, caller: Caller | undefined): Caller | undefined {
  if (!caller || !direct) return caller;
  let byAddress = located.get(caller);
  if (!byAddress) {
    byAddress = new Map();
    located.set(caller, byAddress);
  }
  let found = byAddress.get(address);
  if (!found) {
    if (byAddress.size >= MAX_ADDRESSES) byAddress.clear();
    // all of them of one shape, which a spread with one more member would not have
    found = Object.assign({}, caller, { address });
    byAddress.set(address, found);
  }
  return found;
}

/** What a key may do that came in the URL, where it is easily copied along: it reads. */
const queryCallers = new WeakMap<Caller, Caller>();

export function readOnly({ caller }: KeyRecord): Caller {
  const known = queryCallers.get(caller);
  if (known) return known;
  const permissions = caller.permissions.flatMap((permission) => {
    if (permission === '*' || permission === 'read') return ['read'];
    return permission.endsWith(':read') || permission.startsWith(ROLE) ? [permission] : [];
  });
  const reader = { ...caller, permissions, onlyReads: true } as const;
  queryCallers.set(caller, reader);
  return reader;
}
