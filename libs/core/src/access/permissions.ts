import { actions, OperationError, type Action, type Caller } from '#libs/kit';
import { canonical } from '../catalog/names.js';

/** An operation may be a tool of an upstream, whose names have other letters too. */
const PERMISSION = /^(?:[a-z][a-z0-9-]*:(\w+)|[a-z][a-z0-9-]*\.[A-Za-z0-9][\w./-]{0,127})$/;

/** Whether a text is a permission: `action`, `service:action`, `service.operation` or `*`. */
export function isPermission(text: string): boolean {
  if (text === '*' || isAction(text)) return true;
  const match = PERMISSION.exec(text);
  return match !== null && (match[1] === undefined || isAction(match[1]));
}

function isAction(text: string): boolean {
  return (actions as readonly string[]).includes(text);
}

/** What the decision needs to know of an operation. */
export interface Guarded {
  /** `service.operation` */
  readonly id: string;
  readonly service: string;
  readonly permission: Action;
}

/** Sets built once per caller: callers live as long as their key. */
const granted = new WeakMap<Caller, ReadonlySet<string>>();

function grantsOf(caller: Caller): ReadonlySet<string> {
  let grants = granted.get(caller);
  if (!grants) {
    grants = new Set(caller.permissions.map(canonical));
    granted.set(caller, grants);
  }
  return grants;
}

/** The one rule by which listings, calls and routes decide. */
export function mayCall(caller: Caller, operation: Guarded, action: Action = operation.permission): boolean {
  const grants = grantsOf(caller);
  return (
    grants.has('*') ||
    grants.has(action) ||
    grants.has(`${operation.service}:${action}`) ||
    grants.has(canonical(operation.id))
  );
}

/** Whether the caller may read what a service offers besides its operations. */
export function mayUse(caller: Caller, service: string): boolean {
  return mayCall(caller, { id: `${service}.*`, service, permission: 'read' });
}

/** Whether the caller holds an action everywhere, as addresses outside any service need it. */
export function mayAct(caller: Caller, action: Action): boolean {
  const grants = grantsOf(caller);
  return grants.has('*') || grants.has(action);
}

/**
 * Whether the caller holds a permission itself, and so may hand it on. One operation is held by its own name only: that
 * lets its holder call it whatever its arguments ask for, which no action does.
 */
export function mayGrant(caller: Caller, permission: string): boolean {
  const grants = grantsOf(caller);
  const action = permission.split(':').at(-1) ?? permission;
  return grants.has('*') || grants.has(canonical(permission)) || grants.has(action);
}

/** Throws `forbidden` for the first permission that the caller does not hold itself. */
export function requireGrantable(caller: Caller, permissions: readonly string[]): void {
  const missing = permissions.find((permission) => !mayGrant(caller, permission));
  if (missing === undefined) return;
  throw new OperationError(
    'forbidden',
    `${caller.subject} may not grant ${missing}, which it does not hold itself. Leave it out, or ask an admin who holds it.`,
    { permission: missing },
  );
}

export function forbidden(caller: Caller, what: string, permission: string): OperationError {
  return new OperationError(
    'forbidden',
    `${caller.subject} may not use ${what}: the permission ${permission} is missing. Ask an admin for a key that has it.`,
    { permission },
  );
}
